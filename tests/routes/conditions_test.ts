/** The table of conditions and ranges against the app: an original, a derivative, an open URL. */
import { assertEquals } from "@std/assert";
import { askPlainly, checkCondition, CONDITION_CASES } from "../conformance/conditions.ts";
import type { ConformanceTarget } from "../conformance/negotiation.ts";
import { withServed } from "../doubles/served.ts";

for (const name of ["quarters.jpg", "quarters.webp?w=24", "quarters?w=24", "quarters.jpg?w=24&v=VERSION"]) {
  Deno.test(`${name} conforms to the table of conditions and ranges`, (t) =>
    withServed(["quarters.jpg"], async ({ app, john }) => {
      const { hash } = (await app.deps.images.all(john.user.id))[0]!;
      const path = `/i/john/${name.replace("VERSION", hash.slice(0, 8))}`;
      const target: ConformanceTarget = {
        request: (path, headers, method = "GET") => app.request(path, { method, headers }),
        paths: {},
      };
      const known = await askPlainly(target, path);
      for (const row of CONDITION_CASES) {
        await t.step(`${row.status}: ${row.why}`, async () => {
          assertEquals(await checkCondition(target, path, known, row), []);
        });
      }
    }));
}
