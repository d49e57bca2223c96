/** First starts that are killed half-way, or begun by several instances at once. */
import { assert, assertEquals } from "@std/assert";
import { beginFirstStart, endFirstStart, isFirstStartOpen } from "../../kv/first_start.ts";
import { openState } from "../doubles/state.ts";

Deno.test("beginFirstStart() lets one of several instances begin, and another one half a minute after it was killed", async () => {
  using state = await openState();
  const { store } = state;
  const begin = (atMs: number) => beginFirstStart(store, atMs, false);
  assertEquals(await isFirstStartOpen(store), false);
  const begun = await Promise.all([begin(1), begin(1), begin(1)]);
  assertEquals(begun.filter(Boolean).length, 1);
  assert(await isFirstStartOpen(store));
  assertEquals([await begin(30_000), await begin(30_001)], [false, true]);
  await endFirstStart(store);
  assertEquals(await isFirstStartOpen(store), false);
});

Deno.test("beginFirstStart() goes on at once where no other process can be at it", async () => {
  using state = await openState();
  assert(await beginFirstStart(state.store, 1, true));
  assert(await beginFirstStart(state.store, 2, true));
});
