import { assertEquals } from "@std/assert";
import { Stopwatch } from "../../codec/stopwatch.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("Stopwatch() calls back once it has run for its time, and not while it stands still", async () => {
  let ended = 0;
  const watch = new Stopwatch(20, () => ended++);
  watch.stop();
  await pause(60);
  assertEquals(ended, 0);
  watch.start();
  await pause(60);
  assertEquals(ended, 1);
  watch.stop();
});
