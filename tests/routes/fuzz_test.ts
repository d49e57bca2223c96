/** Random requests at every route of the API: whatever is sent, the server is never at fault. */
import { assertEquals } from "@std/assert";
import { routeTable } from "../../routes/app.ts";
import { withUsers } from "../doubles/api.ts";
import { errorOf, fixture, startTestApp } from "../doubles/app.ts";
import { type SeededRandom, seededRandom } from "../doubles/seeded_random.ts";

const REQUESTS_A_ROUTE = 60;
/** Field names of all bodies and queries, so that random objects reach past the first check. */
const FIELDS = [
  ..."name description params scopes expires_in_days visibility path from to ids undoable confirm transform".split(" "),
  ..."transformation expires_in_seconds expires_in keep_previous delivery_formats default_quality theme q limit".split(
    " ",
  ),
  ..."offset sort folder cursor recursive default_max_width default_fit_mode username email password plan".split(" "),
  ..."token expires sig exp p:thumb user_id subscription_id packs quantity id response challenge __proto__ constructor"
    .split(" "),
];
const LONG_PRESET = `p:${"x".repeat(3_000)}`;
const TEXTS = [
  ...["", " ", "a", "p.png", "john", "thumb", "private", "public", "pro", "0123456789abcdef", "..", "a/../b", "\u0000"],
  ...["\ud800", "ü b", "x".repeat(300), "x".repeat(5_000), "1e9", "-1", "true", "%", "%00", "\u2028", "webp", "read"],
];
const SEGMENTS = [
  ...["x", "0123456789abcdef", "%00", "%F0", "%2F", "..%2f", "a%20b", "x".repeat(3_000), "%F0%9F%92%A9".repeat(400)],
  ...["__proto__", "%E2%80%A8", "batch", "path", "search", "%ED%A0%80"],
];

function randomValue(random: SeededRandom, depth = 0): unknown {
  const list = () => Array.from({ length: random.integer(0, 4) }, () => randomValue(random, depth + 1));
  const leaves = [
    () => random.pick(TEXTS),
    () => random.pick([0, -1, 1, 80, 3_600, 1.5, 1e300, Number.MAX_SAFE_INTEGER, -0]),
    () => random.pick([null, true, false]),
  ];
  return random.pick(depth > 3 ? leaves : [...leaves, list, () => randomObject(random, depth + 1)])();
}

function randomObject(random: SeededRandom, depth = 0): Record<string, unknown> {
  const keys = Array.from({ length: random.integer(0, 4) }, () => random.pick([...FIELDS, "w", "h", "fit", "format"]));
  return Object.fromEntries(keys.map((key) => [key, randomValue(random, depth)]));
}

function randomTarget(random: SeededRandom, path: string): string {
  const filled = path.replace(/:[a-z_]+|\*/gi, () => random.pick(SEGMENTS));
  if (random.integer(0, 1) === 0) return filled;
  const query = new URLSearchParams();
  for (let n = random.integer(0, 3); n > 0; n--) {
    query.append(random.pick([...FIELDS, LONG_PRESET, "p:\u0000"]), random.pick(TEXTS));
  }
  return `${filled}?${query}`;
}

Deno.test("no route of the API answers 5xx to random paths, queries and bodies", async () => {
  await withUsers(startTestApp({ env: { QUOTAS: "off" } }), async (app, john, mary) => {
    const random = seededRandom(20_260_115);
    await app.upload(mary, await fixture("quarters.png"), "p.png");
    const rows = routeTable(app.deps, new Map()).filter(({ path }) =>
      path.startsWith("/api/") || path.startsWith("/i/")
    );
    for (const { method, path } of rows) {
      // The account must outlive the test; its table of bad requests is in account_test.ts.
      if (method === "OPTIONS" || (method === "DELETE" && path === "/api/v1/account")) continue;
      for (let n = 0; n < REQUESTS_A_ROUTE; n++) {
        const target = randomTarget(random, path);
        const body = method === "GET"
          ? null
          : JSON.stringify(random.integer(0, 9) === 0 ? randomValue(random) : randomObject(random));
        const response = await app.request(target, { method, headers: john.auth, body });
        const shown = `${method} ${target.slice(0, 200)} ${body?.slice(0, 300)} → ${response.status}`;
        if (response.status < 400) {
          await response.body?.cancel();
          continue;
        }
        const { status } = await errorOf(response);
        assertEquals([status === response.status, status < 500 || status === 501], [true, true], shown);
      }
    }
    // Nothing of it touched anybody else.
    const picture = await app.request("/i/mary/p.png");
    assertEquals(picture.status, 200);
    await picture.body?.cancel();
  });
});
