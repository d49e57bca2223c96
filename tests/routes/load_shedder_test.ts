import { assert, assertEquals, assertMatch } from "@std/assert";
import type { UserName } from "../../kv/ids.ts";
import type { PlainRequest } from "../../routes/_http/plain_head.ts";
import { LoadShedder } from "../../routes/_middleware/load_shedder.ts";
import { startTestApp, type TestApp } from "../doubles/app.ts";

const LATE = 0.05;
const IN_TIME = 0.001;
const noHeaders = { get: () => null };
const get = (target: string, method: PlainRequest["method"] = "GET"): PlainRequest => ({
  method,
  target,
  host: "localhost:8000",
  headers: noHeaders,
});

/** Runs with a shedder; John's pictures fill the queue, as far as it can tell. */
async function withShedder(run: (shedder: LoadShedder, app: TestApp) => Promise<void> | void): Promise<void> {
  const app = await startTestApp();
  const [john, mary] = [await app.addUser("john"), await app.addUser("mary")];
  for (const { user } of [john, mary]) assertEquals(await app.deps.users.idOf(user.name as UserName), user.id);
  const pool = { isCrowdedBy: (party: string) => party === john.user.id };
  await run(new LoadShedder({ ...app.deps, pool }, "/i/*"), app);
  await app.close();
}

/** How many of a hundred are refused. */
const refusedOf = (shedder: LoadShedder, request: PlainRequest) =>
  Array.from({ length: 100 }, () => shedder.refuse(request)).filter((answer) => answer !== null).length;

Deno.test("refuse() refuses nothing while the loop is in time", () =>
  withShedder((shedder) => {
    for (let n = 0; n < 10; n++) shedder.noteDelay(IN_TIME);
    assertEquals(refusedOf(shedder, get("/i/john/p.webp?w=50")), 0);
  }));

Deno.test("refuse() refuses all when the loop is late, and ever less while it is in time again", () =>
  withShedder((shedder) => {
    shedder.noteDelay(LATE);
    const shares = Array.from({ length: 60 }, () => {
      const refused = refusedOf(shedder, get("/i/john/p.webp?w=50"));
      shedder.noteDelay(IN_TIME);
      return refused;
    });
    assertEquals(shares[0], 100);
    // A share of a hundred requests may end between two of them.
    for (let n = 1; n < shares.length; n++) assert(shares[n]! <= shares[n - 1]! + 1, `${shares}`);
    assertEquals(shares.at(-1), 0);
  }));

Deno.test("refuse() leaves alone who does not crowd the queue, who is unknown, and what is no picture", () =>
  withShedder((shedder) => {
    for (let n = 0; n < 20; n++) shedder.noteDelay(LATE);
    for (const target of ["/i/john/p.webp?w=50", "/i/John/p.webp", "/i/%6Aohn/p.webp"]) {
      assertEquals(refusedOf(shedder, get(target)), 100, target);
    }
    for (
      const target of [
        "/i/mary/p.webp?w=50",
        "/i/nobody/p.webp",
        "/i/john",
        "/i/john/",
        "/i/%ff/p.webp",
        "/health",
        "/api/v1/images",
      ]
    ) {
      assertEquals(refusedOf(shedder, get(target)), 0, target);
    }
    assertEquals(refusedOf(shedder, get("/i/john/p.webp?w=50", "HEAD")), 0);
  }));

Deno.test("refuse() knows pictures on a host of their own, and refuses nothing while the server leaves", async () => {
  let isDraining = false;
  const app = await startTestApp({ env: { CDN_URL: "https://cdn.example" }, isDraining: () => isDraining });
  const { user } = await app.addUser("john");
  await app.deps.users.idOf(user.name as UserName);
  const shedder = new LoadShedder({ ...app.deps, pool: { isCrowdedBy: () => true } }, "/i/*");
  for (let n = 0; n < 20; n++) shedder.noteDelay(LATE);
  const atCdn = { ...get("/john/p.webp?w=50"), host: "cdn.example" };
  assertEquals([refusedOf(shedder, atCdn), refusedOf(shedder, get("/john/p.webp?w=50"))], [100, 0]);
  isDraining = true;
  assertEquals(refusedOf(shedder, atCdn), 0);
  await app.close();
});

Deno.test("refuse() answers as the program does when the queue is full", () =>
  withShedder((shedder) => {
    for (let n = 0; n < 20; n++) shedder.noteDelay(LATE);
    const { head, body } = shedder.refuse(get("/i/john/a%20b.webp?w=50&token=secret"))!;
    const text = new TextDecoder().decode(body!);
    assertEquals(JSON.parse(text), {
      error: {
        code: "BUSY",
        message: "Too many pictures are being worked on; try again in a moment",
        status: 503,
        path: "/i/john/a%20b.webp",
      },
    });
    assertMatch(head, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
    const headers = new Headers(
      head.trim().split("\r\n").slice(1).map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
    );
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("retry-after"), "2");
    assertEquals(headers.get("content-length"), String(body!.length));
    assertEquals(headers.get("access-control-allow-origin"), "*");
    assertMatch(headers.get("x-request-id")!, /^[0-9a-f]{8}$/);
    assertMatch(headers.get("date")!, / GMT$/);
    assert(head.endsWith("\r\n\r\n"));
  }));
