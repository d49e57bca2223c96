/** T19: a bot that asks for one width after another. */
import { assertEquals } from "@std/assert";
import { testRow } from "./test_row.ts";
import { withServed } from "../doubles/served.ts";

const WIDTHS = 10_000;
const AT_ONCE = 20;

testRow(
  "T19",
  `${WIDTHS} widths of one picture`,
  (measure) =>
    withServed(["quarters.jpg"], async ({ app, john, get }) => {
      let next = 1;
      let substitutes = 0;
      const started = performance.now();
      const ask = async () => {
        for (let width = next++; width <= WIDTHS; width = next++) {
          const response = await get(`quarters.webp?w=${width}`);
          await response.body?.cancel();
          assertEquals(response.status, 200, `w=${width}`);
          if (response.headers.has("content-location")) substitutes++;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, ask));
      const ms = (performance.now() - started) / WIDTHS;
      await app.settled();
      const stored = (await Array.fromAsync(app.blobs.list("derivatives/"))).length;
      const cap = app.deps.config.DERIVATIVE_MAX_PER_IMAGE;
      const usage = await (await app.request("/api/v1/usage", { headers: john.auth })).json();
      assertEquals([stored, app.transforms(), usage.current_period.transformations], [cap, cap, cap]);
      assertEquals(substitutes, WIDTHS - cap);
      measure(`${stored} made, stored and paid for; ${substitutes} stood in for, ${ms.toFixed(1)} ms each`);
    }, { env: { MEMORY_CACHE_BYTES: "0" } }),
);
