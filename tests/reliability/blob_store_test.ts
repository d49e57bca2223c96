/** What clients see when the bucket is down, breaks off or holds other bytes than were stored. */
import { assert, assertEquals } from "@std/assert";
import { S3Blobs } from "../../kv/blobs/s3.ts";
import { originalBlobKey } from "../../kv/keys.ts";
import { startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { errorOf, fixture } from "../doubles/app.ts";
import { type FaultProxy, startFaultProxy } from "../doubles/fault_proxy.ts";
import { sleep } from "../doubles/state.ts";
import { type Measure, testRow } from "./test_row.ts";
import type { RowName } from "./rows.ts";
import { HAS_VERSITYGW, startVersitygw } from "../servers/versitygw.ts";

interface Opened {
  readonly app: TestApp;
  readonly proxy: FaultProxy;
  readonly john: TestUser;
  readonly measure: Measure;
  /** Changes the bytes of john's only original in the bucket. */
  tamper(change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): Promise<void>;
}

/** More than a busy machine needs, where silence is not what is looked at. */
const PATIENT_MS = 60_000;

function test(
  row: RowName,
  name: string,
  run: (opened: Opened) => Promise<void>,
  firstByteTimeoutMs = PATIENT_MS,
): void {
  testRow(
    row,
    name,
    async (measure) => {
      await using server = await startVersitygw();
      await using proxy = startFaultProxy(server.url);
      const settings = await server.addBucket({
        endpoint: new URL(proxy.url),
        firstByteTimeoutMs,
        timeoutMs: firstByteTimeoutMs + 30_000,
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
        await run({ app, proxy, john, tamper, measure });
      } finally {
        proxy.fault = { kind: "pass" };
        await app.close();
      }
    },
    { ignore: !HAS_VERSITYGW },
  );
}

const used = async (app: TestApp, user: TestUser) => {
  const answer = await (await app.request("/api/v1/usage", { headers: user.auth })).json();
  return answer.current_period.transformations as number;
};

async function upload(app: TestApp, john: TestUser, name = "a.jpg"): Promise<void> {
  const response = await app.upload(john, await fixture("sample.jpg"), name);
  assertEquals(response.status, 201, await response.text());
  await app.settled();
}

async function get(app: TestApp, path: string) {
  const response = await app.request(path);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  return { status, bytes, retryAfter: headers.get("retry-after"), cache: headers.get("cache-control") };
}

/** Until the circuit lets calls through again. */
async function eventually(app: TestApp, path: string) {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await get(app, path);
    if (answer.status !== 503) return answer;
    await sleep(50);
  }
  throw new Error(`${path} was 503 to the end`);
}

test(
  "F3",
  "while the bucket is down an upload is 503 with Retry-After, and leaves nothing behind",
  async ({ app, proxy, john, measure }) => {
    for (const fault of [{ kind: "reset" }, { kind: "status", status: 500 }] as const) {
      proxy.fault = fault;
      const response = await app.upload(john, await fixture("sample.jpg"), "a.jpg");
      assertEquals([response.status, (await errorOf(response)).code], [503, "BUSY"]);
      assert(Number(response.headers.get("retry-after")) > 0);
      assertEquals(await app.deps.images.totals(john.user.id), { images: 0, bytes: 0 });
    }
    proxy.fault = { kind: "pass" };
    const backMs = performance.now();
    for (let status = 503; status === 503;) {
      await sleep(50);
      const response = await app.upload(john, await fixture("sample.jpg"), "a.jpg");
      await response.body?.cancel();
      if (response.status !== 503) assertEquals(response.status, 201);
      status = response.status;
    }
    measure(
      `2 uploads 503, none left behind; taken again ${((performance.now() - backMs) / 1_000).toFixed(1)} s after`,
    );
  },
);

test(
  "F3",
  "while the bucket is down pictures in memory are served, others are 503 and neither cached nor paid for",
  async ({ app, proxy, john, measure }) => {
    await upload(app, john);
    const stored = await get(app, "/i/john/a.webp?w=20");
    assertEquals(stored.status, 200);
    await app.settled();
    const paid = await used(app, john);
    proxy.fault = { kind: "reset" };
    for (let round = 0; round < 3; round++) {
      assertEquals((await get(app, "/i/john/a.webp?w=20")).bytes, stored.bytes);
      for (const path of ["/i/john/a.webp?w=21", "/i/john/a.jpg"]) {
        const answer = await get(app, path);
        assertEquals([answer.status, answer.cache], [503, "no-store"], path);
        assert(Number(answer.retryAfter) > 0);
      }
    }
    assertEquals(await used(app, john), paid);
    measure("3 of 3 kept derivatives 200, 6 of 6 others 503 with Retry-After and no-store");
    proxy.fault = { kind: "pass" };
    assertEquals((await eventually(app, "/i/john/a.webp?w=21")).status, 200);
    assertEquals((await get(app, "/i/john/a.jpg")).bytes, await fixture("sample.jpg"));
  },
);

test(
  "F5",
  "an original that breaks off is 502, not cached, and whole again afterwards",
  async ({ app, proxy, john, measure }) => {
    await upload(app, john);
    proxy.fault = { kind: "cut", bytes: 1_500 };
    for (const path of ["/i/john/a.jpg", "/i/john/a.webp?w=20"]) {
      const answer = await get(app, path);
      assertEquals([answer.status, answer.cache], [502, "no-store"], path);
    }
    proxy.fault = { kind: "pass" };
    assertEquals((await get(app, "/i/john/a.jpg")).bytes, await fixture("sample.jpg"));
    assertEquals((await get(app, "/i/john/a.webp?w=20")).status, 200);
    measure("2 of 2 cut bodies 502 and no-store, whole afterwards");
  },
);

test(
  "F5",
  "an original with a flipped byte or a missing end in the bucket is 502 on every miss, never a picture",
  async ({ app, john, tamper, measure }) => {
    await upload(app, john);
    const paid = await used(app, john);
    let flipped = 0;
    for (
      const change of [(b: Uint8Array<ArrayBuffer>) => b.with(700, b[700]! ^ 1), (b: Uint8Array) => b.slice(0, -9)]
    ) {
      await tamper(change);
      for (const path of ["/i/john/a.jpg", `/i/john/a.webp?w=${30 + flipped++}`, `/i/john/a.jpg?w=${30 + flipped++}`]) {
        const answer = await get(app, path);
        assertEquals([answer.status, answer.cache], [502, "no-store"], path);
      }
    }
    assertEquals(await used(app, john), paid);
    measure("6 of 6 requests for damaged bytes 502, no-store, not paid for");
  },
);

test(
  "F4",
  "a slow or failing bucket is asked three times at most, and its failure is not cached",
  async ({ app, proxy, john, measure }) => {
    await upload(app, john);
    for (const fault of [{ kind: "status", status: 503 }, { kind: "delay", ms: 10_000 }] as const) {
      proxy.fault = fault;
      proxy.resetCount();
      const sinceMs = performance.now();
      const answer = await get(app, "/i/john/a.jpg");
      assertEquals([answer.status, answer.cache], [503, "no-store"]);
      assert(proxy.count <= 3, `${proxy.count} requests`);
      const seconds = ((performance.now() - sinceMs) / 1_000).toFixed(1);
      measure(
        `${Object.values(fault).join(" ")}: ${proxy.count} tries, 503 after ${seconds} s (2 s to the first byte)`,
      );
      proxy.fault = { kind: "pass" };
      assertEquals((await eventually(app, "/i/john/a.jpg")).bytes, await fixture("sample.jpg"));
    }
  },
  2_000,
);
