/** Pictures that are answered again: the same answer, and only while everything is as it was. */
import { assert, assertEquals } from "@std/assert";
import { createApp, hotPicturesOf } from "../../routes/app.ts";
import type { PlainRequest } from "../../routes/_http/plain_head.ts";
import { fixture, ORIGIN, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";

const OWN = ["server-timing", "x-request-id", "date"];
const HOST = new URL(ORIGIN).host;

interface World {
  readonly app: TestApp;
  readonly john: TestUser;
  /** An answer, and whether it was given again. */
  ask(path: string, headers?: Record<string, string>, host?: string): Promise<{ response: Response; isAgain: boolean }>;
  /** Asks twice; the second time, which must be the same answer. @returns whether it was given again */
  twice(path: string, headers?: Record<string, string>): Promise<boolean>;
  pass(ms: number): void;
}

function told({ status, headers }: Response) {
  return { status, headers: [...headers].filter(([name]) => !OWN.includes(name)) };
}

async function withHot(run: (world: World) => Promise<void>, env: Record<string, string> = {}): Promise<void> {
  let nowMs = Date.parse("2026-01-31T23:00:00Z");
  const app = await startTestApp({ now: () => nowMs, env });
  const hot = hotPicturesOf(app.deps);
  const handle = createApp(app.deps, new Map(), hot);
  const ask: World["ask"] = async (path, headers = {}, host = HOST) => {
    const request = new Request(`http://${host}${path}`, { headers: { host, ...headers } });
    const again = hot.answer(request);
    return { response: again ?? await handle(request), isAgain: again !== null };
  };
  try {
    const john = await app.addUser("john");
    const upload = await app.upload(john, await fixture("quarters.jpg"), "quarters.jpg");
    assertEquals(upload.status, 201, await upload.text());
    nowMs += 5_000;
    await run({
      app,
      john,
      ask,
      pass: (ms) => void (nowMs += ms),
      async twice(path, headers) {
        const first = (await ask(path, headers)).response;
        const bytes = await first.bytes();
        const { response, isAgain } = await ask(path, headers);
        assertEquals(told(response), told(first));
        assertEquals(await response.bytes(), bytes);
        assert(response.headers.get("x-request-id") !== first.headers.get("x-request-id"));
        return isAgain;
      },
    });
  } finally {
    await app.close();
  }
}

const WEBP = "/i/john/quarters.webp?w=24";

Deno.test("a picture is answered again with the same headers and bytes, logged and counted as before", () =>
  withHot(async ({ app, john, ask, twice }) => {
    assert(await twice(WEBP));
    assert(await twice("/i/john/quarters.png"));
    assert(await twice("/i/john/quarters?w=20", { accept: "image/avif,image/webp" }));
    assert(await twice("/i/john/quarters?w=20", { accept: "image/png" }));
    const [webp, png] = [await ask(WEBP), await ask("/i/john/quarters?w=20", { accept: "image/png" })];
    assertEquals(webp.response.headers.get("content-type"), "image/webp");
    assertEquals(png.response.headers.get("content-type"), "image/png");
    assert(webp.isAgain && png.isAgain);
    const lines = app.logged.filter(({ event, cache }) => event === "request" && cache === "memory");
    assertEquals(lines.at(-2)!.path, "/i/john/quarters.webp");
    assertEquals(lines.at(-2)!.bytes, Number(webp.response.headers.get("content-length")));
    assertEquals((await app.deps.usage.month(john.user.id, "2026-01")).deliveries, 10);
  }));

Deno.test("a 304 is answered again, by tag and by date", () =>
  withHot(async ({ ask, twice }) => {
    const { response } = await ask(WEBP);
    const [etag, date] = [response.headers.get("etag")!, response.headers.get("last-modified")!];
    assert(await twice(WEBP, { "if-none-match": etag }));
    const byDate = await ask(WEBP, { "if-modified-since": date });
    assertEquals([byDate.response.status, byDate.isAgain], [304, true]);
    const other = await ask(WEBP, { "if-none-match": '"another"' });
    assertEquals([other.response.status, other.isAgain], [200, true]);
    assert(await twice("/i/john/quarters.jpg", { "if-none-match": "*" }), "of an original");
  }));

Deno.test("what is rare goes the long way: parts, HEAD, failed conditions, originals, presets, private pictures", () =>
  withHot(async ({ app, john, ask, twice }) => {
    assert(await twice(WEBP));
    const part = await ask(WEBP, { range: "bytes=0-3" });
    assertEquals([part.response.status, part.isAgain], [206, false]);
    const failed = await ask(WEBP, { "if-match": '"another"' });
    assertEquals([failed.response.status, failed.isAgain], [412, false]);
    assertEquals(await twice("/i/john/quarters.jpg"), false);
    const body = JSON.stringify({ name: "small", params: { width: 20 } });
    const headers = { ...john.auth, "content-type": "application/json" };
    assertEquals((await app.request("/api/v1/settings/presets", { method: "POST", headers, body })).status, 201);
    assertEquals(await twice("/i/john/quarters.webp?p:small"), false);
  }));

Deno.test("a change is seen at once: another picture, no picture, a private one, other settings", () =>
  withHot(async ({ app, john, ask, twice, pass }) => {
    const json = { ...john.auth, "content-type": "application/json" };
    assert(await twice("/i/john/quarters?w=24", { accept: "*/*" }));
    const formats = JSON.stringify({ delivery_formats: ["png"] });
    assertEquals((await app.request("/api/v1/settings", { method: "PUT", headers: json, body: formats })).status, 200);
    const png = await ask("/i/john/quarters?w=24", { accept: "*/*" });
    assertEquals([png.response.headers.get("content-type"), png.isAgain], ["image/png", false]);
    pass(5_000);

    assert(await twice(WEBP));
    const before = (await ask(WEBP)).response.headers.get("etag");
    await app.upload(john, await fixture("quarters.png"), "quarters.jpg");
    const replaced = await ask(WEBP);
    assert(replaced.response.headers.get("etag") !== before && !replaced.isAgain);
    pass(5_000);

    assert(await twice(WEBP));
    const { id } = (await app.deps.images.all(john.user.id)).find(({ paths }) =>
      paths.includes("quarters.jpg" as never)
    )!;
    const hidden = await app.request(`/api/v1/images/${id}/visibility`, {
      method: "PATCH",
      headers: json,
      body: JSON.stringify({ visibility: "private" }),
    });
    assertEquals(hidden.status, 200, await hidden.text());
    assertEquals((await ask(WEBP)).response.status, 404);
  }));

Deno.test("another process is believed for a second at most", async () => {
  let nowMs = Date.parse("2026-01-31T23:00:00Z");
  const first = await startTestApp({ now: () => nowMs });
  const app = await startTestApp({ now: () => nowMs, store: first.store, blobs: first.blobs });
  try {
    const john = await first.addUser("john");
    await first.upload(john, await fixture("quarters.jpg"), "quarters.jpg");
    nowMs += 5_000;
    const hot = hotPicturesOf(app.deps);
    const handle = createApp(app.deps, new Map(), hot);
    const request = () => new Request(`${ORIGIN}${WEBP}`, { headers: { host: HOST } });
    for (let n = 0; n < 2; n++) await (await handle(request())).bytes();
    assert(hot.answer(request()) !== null);
    nowMs += 1_000;
    assertEquals(hot.answer(request()), null);
  } finally {
    await app.close();
    await first.close();
  }
});

Deno.test("a host that is part of a path leads to nobody else's picture", () =>
  withHot(async ({ ask }) => {
    for (let n = 0; n < 2; n++) {
      const { response } = await ask("/john/quarters.webp?w=24", { host: `${HOST}/i` }, `${HOST}/i`);
      assertEquals(response.status, 200);
      await response.bytes();
    }
    assertEquals((await ask(WEBP)).isAgain, false);
  }));

Deno.test("as bytes it is the same answer", () =>
  withHot(async ({ app, ask }) => {
    const hot = hotPicturesOf(app.deps);
    const handle = createApp(app.deps, new Map(), hot);
    const request = new Request(`${ORIGIN}${WEBP}`, { headers: { host: HOST } });
    const response = await handle(request);
    const asked: PlainRequest = { method: "GET", host: HOST, target: WEBP, headers: request.headers };
    const { head, body } = hot.answerPlainly(asked)!;
    assertEquals(body, await response.bytes());
    const [first, ...lines] = head.split("\r\n");
    assertEquals(first, "HTTP/1.1 200 OK");
    const headers = lines.slice(0, -2).map((
      line,
    ) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]);
    assertEquals(lines.slice(-2), ["", ""]);
    const shared = headers.filter(([name]) => !OWN.includes(name!));
    assertEquals(shared, told(response).headers);
    assertEquals(headers.filter(([name]) => OWN.includes(name!)).map(([name]) => name), OWN);
    assertEquals(headers.at(-1)![1], "Sat, 31 Jan 2026 23:00:05 GMT");
    assertEquals(hot.answerPlainly({ ...asked, method: "HEAD" }), null);
    assertEquals((await ask(WEBP)).response.status, 200);
  }));
