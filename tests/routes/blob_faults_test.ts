/** What clients see when the bucket is down, breaks off or holds other bytes than were stored. */
import { assert, assertEquals } from "@std/assert";
import { errorOf, fixture, type TestApp, type TestUser } from "../doubles/app.ts";
import { type FaultyBucket, withFaultyBucket } from "../doubles/faulty_bucket.ts";
import { sleep } from "../doubles/state.ts";
import { HAS_VERSITYGW } from "../servers/versitygw.ts";

function test(name: string, run: (opened: FaultyBucket) => Promise<void>): void {
  Deno.test({ name, ignore: !HAS_VERSITYGW, fn: () => withFaultyBucket(run) });
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

test("while the bucket is down an upload is 503 with Retry-After, and leaves nothing behind", async ({ app, proxy, john }) => {
  for (const fault of [{ kind: "reset" }, { kind: "status", status: 500 }] as const) {
    proxy.fault = fault;
    const response = await app.upload(john, await fixture("sample.jpg"), "a.jpg");
    assertEquals([response.status, (await errorOf(response)).code], [503, "BUSY"]);
    assert(Number(response.headers.get("retry-after")) > 0);
    assertEquals(await app.deps.images.totals(john.user.id), { images: 0, bytes: 0 });
  }
  proxy.fault = { kind: "pass" };
  for (let status = 503; status === 503;) {
    await sleep(50);
    const response = await app.upload(john, await fixture("sample.jpg"), "a.jpg");
    await response.body?.cancel();
    if (response.status !== 503) assertEquals(response.status, 201);
    status = response.status;
  }
});

test("while the bucket is down pictures in memory are served, others are 503 and neither cached nor paid for", async ({ app, proxy, john }) => {
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
  proxy.fault = { kind: "pass" };
  assertEquals((await eventually(app, "/i/john/a.webp?w=21")).status, 200);
  assertEquals((await get(app, "/i/john/a.jpg")).bytes, await fixture("sample.jpg"));
});

test("an original that breaks off is 502, not cached, and whole again afterwards", async ({ app, proxy, john }) => {
  await upload(app, john);
  proxy.fault = { kind: "cut", bytes: 1_500 };
  for (const path of ["/i/john/a.jpg", "/i/john/a.webp?w=20"]) {
    const answer = await get(app, path);
    assertEquals([answer.status, answer.cache], [502, "no-store"], path);
  }
  proxy.fault = { kind: "pass" };
  assertEquals((await get(app, "/i/john/a.jpg")).bytes, await fixture("sample.jpg"));
  assertEquals((await get(app, "/i/john/a.webp?w=20")).status, 200);
});

test("an original with a flipped byte or a missing end in the bucket is 502 on every miss, never a picture", async ({ app, john, tamper }) => {
  await upload(app, john);
  const paid = await used(app, john);
  let flipped = 0;
  for (const change of [(b: Uint8Array<ArrayBuffer>) => b.with(700, b[700]! ^ 1), (b: Uint8Array) => b.slice(0, -9)]) {
    await tamper(change);
    for (const path of ["/i/john/a.jpg", `/i/john/a.webp?w=${30 + flipped++}`, `/i/john/a.jpg?w=${30 + flipped++}`]) {
      const answer = await get(app, path);
      assertEquals([answer.status, answer.cache], [502, "no-store"], path);
    }
  }
  assertEquals(await used(app, john), paid);
});
