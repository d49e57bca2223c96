/** A bucket that is down, slow, broken off or full of errors: bounded tries, bounded times, nothing half for the whole. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { BlobError } from "../../kv/blobs/blobs.ts";
import { S3Blobs } from "../../kv/blobs/s3.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../doubles/fault_proxy.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { HAS_VERSITYGW, startVersitygw } from "../servers/versitygw.ts";

const BYTES = seededRandom(3).bytes(200_000);
const PATIENT = { firstByteTimeoutMs: 60_000, timeoutMs: 60_000 };
const HASTY = { firstByteTimeoutMs: 500, timeoutMs: 500 };
/** More than a circuit stays open. */
const OPEN_AND_SOME_MS = 10_000;

interface Opened {
  /** Waits longer than a busy machine needs. */
  readonly blobs: S3Blobs;
  /** Of the same bucket; takes silence for one after a moment. */
  readonly hasty: S3Blobs;
  readonly proxy: FaultProxy;
  /** Told of the circuit. */
  readonly circuit: string[];
  /** Moves the circuit's clock, which stands still otherwise. */
  pass(ms: number): void;
}

function test(name: string, run: (opened: Opened) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !HAS_VERSITYGW,
    async fn() {
      await using server = await startVersitygw();
      await using proxy = startFaultProxy(server.url);
      const circuit: string[] = [];
      let monotonicMs = 0;
      const settings = await server.addBucket({ endpoint: new URL(proxy.url), ...PATIENT });
      const deps = {
        fetch: (url: URL, init: RequestInit) => fetch(url, init),
        now: Date.now,
        monotonicMs: () => monotonicMs,
        // Only the number of tries is looked at here.
        sleep: () => Promise.resolve(),
        random: Math.random,
        newName: () => crypto.randomUUID(),
        onChange: (state: string) => circuit.push(state),
      };
      const blobs = new S3Blobs(settings, deps);
      const hasty = new S3Blobs({ ...settings, ...HASTY }, deps);
      await blobs.put("a/b", BYTES);
      proxy.resetCount();
      await run({ blobs, hasty, proxy, circuit, pass: (ms) => monotonicMs += ms });
    },
  });
}

const CALLS: Readonly<Record<string, (blobs: S3Blobs) => Promise<unknown>>> = {
  get: (blobs) => blobs.get("a/b"),
  put: (blobs) => blobs.put("a/c", BYTES),
  head: (blobs) => blobs.head("a/b"),
  delete: (blobs) => blobs.delete("a/b"),
  list: (blobs) => Array.fromAsync(blobs.list("")),
};

const DOWN: readonly Fault[] = [
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "status", status: 409 },
  { kind: "status", status: 429 },
  { kind: "reset" },
  { kind: "stall" },
  { kind: "delay", ms: 60_000 },
];

for (const fault of DOWN) {
  // One kind of failure shows that every operation goes the same way.
  const names = fault.kind === "reset" ? Object.keys(CALLS) : ["get", "put"];
  for (const [name, call] of Object.entries(CALLS).filter(([name]) => names.includes(name))) {
    const words = Object.values(fault).join(" ");
    const isSilent = fault.kind === "stall" || fault.kind === "delay";
    test(`${name}() at a bucket with ${words} is tried ${isSilent ? "once" : "three times"}, then unavailable, and well again after`, async ({ blobs, hasty, proxy }) => {
      proxy.fault = fault;
      const error = await assertRejects(() => call(isSilent ? hasty : blobs), BlobError);
      assertEquals(error.code, "unavailable");
      // On a busy machine its moment may be over before anything was sent.
      if (isSilent) assert(proxy.count <= 1, `${proxy.count} requests`);
      else assertEquals(proxy.count, 3);
      proxy.fault = { kind: "pass" };
      assertEquals(await blobs.get("a/b"), BYTES);
      await call(blobs);
    });
  }
}

test("one failure in front of a good answer is not seen by whoever asked", async ({ blobs, proxy }) => {
  for (const fault of DOWN.filter(({ kind }) => kind !== "delay" && kind !== "stall")) {
    proxy.resetCount();
    proxy.spoilNext(fault);
    assertEquals(await blobs.get("a/b"), BYTES);
    assertEquals(proxy.count, 2);
  }
});

test("a body that breaks off is damaged, wherever it breaks, and never a part for the whole", async ({ blobs, proxy }) => {
  for (const bytes of [1_000, 50_000, 199_999]) {
    proxy.fault = { kind: "cut", bytes };
    proxy.resetCount();
    const error = await assertRejects(() => blobs.get("a/b"), BlobError);
    assertEquals([error.code, proxy.count], ["damaged", 3]);
    const ranged = await assertRejects(() => blobs.get("a/b", { start: 0, end: 200_000 }), BlobError);
    assertEquals(ranged.code, "damaged");
  }
  proxy.fault = { kind: "pass" };
  assertEquals(await blobs.get("a/b"), BYTES);
});

test("a body that falls silent in its midst is given up", async ({ hasty, proxy }) => {
  proxy.fault = { kind: "stall_after", bytes: 50_000 };
  const error = await assertRejects(() => hasty.get("a/b"), BlobError);
  assertEquals(error.code, "unavailable");
  assert(proxy.count <= 3);
});

test("after five failures in a row nothing is sent, then one call tries whether the bucket is back", async ({ blobs, proxy, circuit, pass }) => {
  proxy.fault = { kind: "status", status: 500 };
  for (const _ of [1, 2]) await assertRejects(() => blobs.get("a/b"), BlobError);
  assertEquals([proxy.count, circuit], [5, ["open"]]);
  const refused = await Promise.allSettled(Array.from({ length: 50 }, () => blobs.get("a/b")));
  assert(refused.every((outcome) => outcome.status === "rejected" && outcome.reason.code === "unavailable"));
  assertEquals(proxy.count, 5, "none of them went out");
  pass(OPEN_AND_SOME_MS);
  for (const _ of [1, 2]) await assertRejects(() => blobs.get("a/b"), BlobError);
  assertEquals([proxy.count, circuit], [6, ["open"]], "the probe failed: open again, and no second probe");
  proxy.fault = { kind: "pass" };
  await assertRejects(() => blobs.get("a/b"), BlobError);
  pass(OPEN_AND_SOME_MS);
  assertEquals([await blobs.get("a/b"), circuit, proxy.count], [BYTES, ["open", "closed"], 7]);
});
