/** T14, T15, T16, T25: what must never be believed, and what must never be shown. */
import { assert, assertEquals } from "@std/assert";
import { call, withUsers } from "../doubles/api.ts";
import { errorOf, fixture, startTestApp, type TestApp } from "../doubles/app.ts";
import { FORGERIES } from "../doubles/forgeries.ts";
import { goodClaims, ISSUER, startIssuer } from "../doubles/issuer.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { START_MS } from "../doubles/state.ts";
import { testRow } from "./test_row.ts";

const CLERK = { CLERK_ISSUER: ISSUER, CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.example.com$")}` };

testRow("T14", "at the API, beside a good token", async (measure) => {
  const issuer = await startIssuer();
  const app = await startTestApp({ env: CLERK, fetch: issuer.fetch, now: () => START_MS });
  try {
    const claims = goodClaims(app.deps.now(), { sub: "user_abc" });
    const bearer = (token: string) => ({ auth: { authorization: `Bearer ${token}` } });
    const good = await issuer.sign(claims);
    const named = await call(app, bearer(good), "POST", "/api/v1/auth/username", { username: "john" });
    assertEquals(named.status, 201, JSON.stringify(named.body));
    assertEquals((await call(app, bearer(good), "GET", "/api/v1/settings")).status, 200);
    for (const [fault, forge] of Object.entries(FORGERIES)) {
      const token = await forge(issuer, app.deps.now());
      const headers = { authorization: `Bearer ${token}` };
      const response = await app.request("/api/v1/settings", { headers }, `10.9.0.${fault.length}`);
      assertEquals([response.status, (await errorOf(response)).code], [401, "UNAUTHORIZED"], fault);
    }
    measure(`0 of ${Object.keys(FORGERIES).length} forged tokens accepted, ${issuer.fetches} fetches of keys`);
  } finally {
    await app.close();
  }
});

/** Everything in KV and in the log, as text. */
async function everythingOf(app: TestApp): Promise<string> {
  const parts: string[] = [JSON.stringify(app.logged, (_, v) => v instanceof Error ? `${v.stack}` : v)];
  for await (const { key, value } of app.store.list({ prefix: [] })) {
    parts.push(Deno.inspect([key, value], { depth: 20, strAbbreviateSize: 100_000, iterableLimit: 100_000 }));
    if (value instanceof Uint8Array) parts.push(new TextDecoder("latin1").decode(value));
  }
  return parts.join("\n");
}

testRow(
  "T15",
  "keys, passwords, sessions and links are nowhere in KV or log; a revoked key is refused",
  async (measure) => {
    const app = await startTestApp();
    try {
      const password = "correct horse battery staple";
      const form = { username: "peter", email: "peter@example.com", password };
      const signedUp = await app.request("/api/v1/auth/sign-up", { method: "POST", body: JSON.stringify(form) });
      assertEquals(signedUp.status, 201, await signedUp.clone().text());
      const session = /imgsrc_session=([^;]+)/.exec(signedUp.headers.get("set-cookie") ?? "")?.[1];
      const { token } = await signedUp.json();
      const john = await app.addUser("john");
      const made = await call(app, john, "POST", "/api/v1/settings/api-keys", { name: "second" });
      const secrets = [john.key, made.body.key, password, token, session].filter((s) => typeof s === "string");
      assert(secrets.length >= 4);
      for (const secret of secrets) {
        await app.request("/api/v1/images", { headers: { authorization: `Bearer ${secret}` } }).then((r) => r.text());
        await app.request(`/api/v1/images?key=${secret}`).then((r) => r.text());
      }
      await app.deps.usage.flush();
      const text = await everythingOf(app);
      for (const secret of secrets) assert(!text.includes(secret), `A secret is shown: ${secret.slice(0, 12)}…`);
      const second = { auth: { authorization: `Bearer ${made.body.key}` } };
      assertEquals((await call(app, second, "GET", "/api/v1/settings")).status, 200);
      await call(app, john, "DELETE", `/api/v1/settings/api-keys/${made.body.id}`);
      const revokedMs = performance.now();
      assertEquals((await call(app, second, "GET", "/api/v1/settings")).status, 401);
      measure(
        `0 of ${secrets.length} secrets in ${text.length} characters; a revoked key refused at the next request ` +
          `(${Math.round(performance.now() - revokedMs)} ms)`,
      );
    } finally {
      await app.close();
    }
  },
);

testRow("T16", "every bit of 100 links, and other spellings of their addresses", async (measure) => {
  const nowMs = Date.UTC(2026, 0, 15, 12);
  await withUsers(startTestApp({ now: () => nowMs }), async (app, john) => {
    const fields = { path: "a/p.png", visibility: "private" };
    const { id } = await (await app.upload(john, await fixture("quarters.png"), "p.png", fields)).json();
    const fields2 = { path: "a/q.png", visibility: "private" };
    await app.upload(john, await fixture("sample.jpg"), "q.png", fields2);
    const status = async (url: string) => {
      const response = await app.request(url);
      await response.body?.cancel();
      return response.status;
    };
    let flipped = 0;
    let spelt = 0;
    for (let n = 0; n < 100; n++) {
      const body = { expires_in_seconds: 300 + n, ...(n % 2 === 0 ? {} : { transform: { w: 10 + n } }) };
      const answer = await call(app, john, "POST", `/api/v1/images/${id}/signed-url`, body);
      const url = new URL(answer.body.signed_url);
      assertEquals(await status(url.href), 200, url.href);
      const [token, expires] = [url.searchParams.get("token")!, url.searchParams.get("expires")!];
      for (const tampered of [...flips(token, n), ...flips(expires, n)]) {
        const changed = new URL(url);
        changed.search = url.search.replace(tampered.from, encodeURIComponent(tampered.to));
        if (changed.href === url.href) continue;
        assertEquals(await status(changed.href), 404, `${changed.href} for ${url.href}`);
        flipped++;
      }
      for (const other of spellings(url)) {
        const got = await status(other);
        assert([404, 400].includes(got), `${other} → ${got}`);
        spelt++;
      }
    }
    measure(`0 of ${flipped} changed links and ${spelt} other spellings accepted`);
  });
});

/** A link's text with one bit changed, at every place of every seventh bit so that all bits are met over the links. */
function* flips(text: string, offset: number): Generator<{ from: string; to: string }> {
  const bytes = new TextEncoder().encode(text);
  for (let bit = offset % 7; bit < bytes.length * 8; bit += 7) {
    const changed = bytes.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    // The last digit of base64url has bits that say nothing; a strict reader refuses them all the same.
    yield { from: text, to: new TextDecoder("latin1").decode(changed) };
  }
}

function spellings(url: URL): string[] {
  const at = (path: string) => `${url.origin}${path}${url.search}`;
  return [
    at(url.pathname.replace("/a/p", "/a/q")),
    at(url.pathname.replace("/a/p", "/a/./p")),
    at(url.pathname.replace("/a/p", "/a/../a/p")),
    at(url.pathname.replace("/a/p", "/a//p")),
    at(url.pathname.replace("/a/p", "/A/p")),
    at(url.pathname.replace("/a/p", "/a/%2e/p")),
    at(url.pathname.replace("/john/", "/mary/")),
    `${url.href}&expires=9999999999`,
    `${url.href}&token=aaaa`,
    url.href.replace("expires=", "expires=0"),
    url.href.replace("expires=", "expires=%20"),
    url.href.replace("token=", "TOKEN="),
  ];
}

testRow("T25", "bodies of every kind of error", async (measure) => {
  const app = await startTestApp({ env: { QUOTAS: "off" } });
  let seen = 0;
  try {
    const john = await app.addUser("john");
    const { id } = await (await app.upload(john, await fixture("quarters.png"), "p.png")).json();
    const record = await app.deps.images.get(john.user.id, id);
    // An original that is gone is a fault of ours, answered 5xx.
    for await (const { key } of app.blobs.list("originals/")) await app.blobs.delete(key);
    const random = seededRandom(20_261_201);
    const texts = ["", "{", "[]", "\u0000", "x".repeat(9_000), '{"a":', "%ff", "../../etc/passwd", "<script>"];
    const paths = ["/i/john/p.png", "/i/john/p.webp?w=9", "/i/john/../x", "/api/v1/images/zz", `/api/v1/images/${id}`];
    for (let n = 0; n < 400; n++) {
      const path = `${random.pick([...paths, "/nothing", "/api/v1/settings", "/api/v1/images", "/static/../main.ts"])}${
        random.pick(["", `?q=${encodeURIComponent(random.pick(texts))}`, "?w=x", "?limit=-1", "?p:nope"])
      }`;
      const method = random.pick(["GET", "POST", "PUT", "PATCH", "DELETE"]);
      const body = method === "GET" ? null : random.pick(texts);
      const headers: Record<string, string> = random.pick([{}, john.auth, { authorization: "Bearer x" }]);
      const response = await app.request(path, { method, headers, body }, `10.8.${n >> 8}.${n & 255}`);
      const text = await response.text();
      if (response.status < 400) continue;
      seen++;
      const shown = `${method} ${path} → ${response.status} ${text}`;
      for (const secret of [john.key, john.user.id, record!.nonce, record!.hash]) {
        assert(!text.includes(secret), shown);
      }
      assert(!/\bat [\w.<>]+ \(|file:\/\/|\/work\/|\.ts:\d+|node_modules|Deno\.|Error:/.test(text), shown);
    }
    measure(`0 of ${seen} error bodies show a stack, a path of ours, a key or an id within`);
  } finally {
    await app.close();
  }
});
