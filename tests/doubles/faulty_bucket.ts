/**
 * The program on a real bucket behind a proxy that spoils what it answers.
 *
 * @module
 */
import { S3Blobs } from "../../kv/blobs/s3.ts";
import { originalBlobKey } from "../../kv/keys.ts";
import { startVersitygw } from "../servers/versitygw.ts";
import { startTestApp, type TestApp, type TestUser } from "./app.ts";
import { type FaultProxy, startFaultProxy } from "./fault_proxy.ts";
import { sleep } from "./state.ts";

/** What a test gets. */
export interface FaultyBucket {
  readonly app: TestApp;
  readonly proxy: FaultProxy;
  readonly john: TestUser;
  /** Changes the bytes of john's only original in the bucket. */
  tamper(change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): Promise<void>;
}

/** Runs a test; needs versitygw. */
export async function withFaultyBucket(run: (opened: FaultyBucket) => Promise<void>): Promise<void> {
  await using server = await startVersitygw();
  await using proxy = startFaultProxy(server.url);
  const settings = await server.addBucket({
    endpoint: new URL(proxy.url),
    firstByteTimeoutMs: 2_000,
    timeoutMs: 5_000,
  });
  const blobs = new S3Blobs(settings, {
    fetch: (url, init) => fetch(url, init),
    now: Date.now,
    sleep,
    random: Math.random,
    newName: () => crypto.randomUUID(),
  });
  const app = await startTestApp({ blobs });
  try {
    const john = await app.addUser("john");
    const tamper = async (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array) => {
      const [image] = await app.deps.images.all(john.user.id);
      await server.tamper(settings.bucket, originalBlobKey(image!), change);
    };
    await run({ app, proxy, john, tamper });
  } finally {
    proxy.fault = { kind: "pass" };
    await app.close();
  }
}
