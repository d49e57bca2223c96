/** The table of conditions and ranges against the app: an original, a derivative, an open URL. */
import { assertEquals } from "@std/assert";
import { askPlainly, checkCondition, CONDITION_CASES } from "../conformance/conditions.ts";
import type { ConformanceTarget } from "../conformance/negotiation.ts";
import { withServed } from "../doubles/served.ts";
import { START_MS } from "../doubles/state.ts";

for (const name of ["quarters.jpg", "quarters.webp?w=24", "quarters?w=24", "quarters.jpg?w=24&v=VERSION"]) {
  Deno.test(`${name} conforms to the table of conditions and ranges`, (t) => {
    let nowMs = START_MS;
    return withServed(["quarters.jpg"], async ({ app, john }) => {
      // A picture that changed in this second or the last has no date to rely on yet.
      nowMs += 5_000;
      const { hash } = (await app.deps.images.all(john.user.id))[0]!;
      const path = `/i/john/${name.replace("VERSION", hash.slice(0, 8))}`;
      const target: ConformanceTarget = {
        request: async (path, headers, method = "GET") => {
          const response = await app.request(path, { method, headers });
          // As every server says it.
          response.headers.set("date", new Date(nowMs).toUTCString());
          return response;
        },
        paths: {},
      };
      const known = await askPlainly(target, path);
      for (const row of CONDITION_CASES) {
        await t.step(`${row.status}: ${row.why}`, async () => {
          assertEquals(await checkCondition(target, path, known, row), []);
        });
      }
    }, { now: () => nowMs });
  });
}
