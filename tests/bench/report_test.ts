import { assertEquals } from "@std/assert";
import { mergeReport } from "./report.ts";

const HEAD = "# Benchmarks\n\n- a machine\n";

Deno.test("mergeReport() replaces sections by title in their places, keeps the others and adds new ones at the end", () => {
  const old = mergeReport("", HEAD, ["## One\n\nold\n", "## Two\n\nkept\n\n| a |\n"]);
  const merged = mergeReport(old, "# Benchmarks\n\n- another machine\n", ["## Three\n\nnew\n", "## One\n\nnew\n"]);
  assertEquals(
    merged,
    "# Benchmarks\n\n- another machine\n\n## One\n\nnew\n\n## Two\n\nkept\n\n| a |\n\n## Three\n\nnew\n",
  );
  assertEquals(mergeReport(merged, "# Benchmarks\n\n- another machine\n", []), merged);
});
