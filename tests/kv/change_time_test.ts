import { assert, assertEquals } from "@std/assert";
import { changeTime, nextSecond } from "../../kv/change_time.ts";
import { releasedAt } from "../../kv/release.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { openState, START_MS } from "../doubles/state.ts";

const second = (ms: number) => Math.floor(ms / 1_000);

Deno.test("changeTime() dates each change later than what anybody can have been told of the one before", () => {
  const random = seededRandom(60);
  let [nowMs, beforeMs] = [START_MS, null as number | null];
  for (let n = 0; n < 5_000; n++) {
    nowMs += random.pick([0, 1, 40, 999, 1_000, 5_000]);
    const atMs = changeTime(nowMs, beforeMs);
    // Told is the second of the change, but never a later one than it is.
    const told = beforeMs === null ? -1 : Math.min(second(beforeMs), second(nowMs));
    assert(second(atMs) > told, `${atMs} after ${beforeMs} at ${nowMs}`);
    assert(beforeMs === null || atMs > beforeMs);
    beforeMs = atMs;
  }
});

Deno.test("changeTime() leaves the first change, and one in another second, as they are", () => {
  assertEquals(changeTime(START_MS + 300, null), START_MS + 300);
  assertEquals(changeTime(START_MS + 300, START_MS - 1), START_MS + 300);
  assertEquals(changeTime(START_MS + 300, START_MS), START_MS + 1_000);
  assertEquals(nextSecond(START_MS), START_MS + 1_000);
});

Deno.test("changeTime() shares no second with the change before where the clock went back", () => {
  for (const backMs of [2_000, 60_000, 3_600_000]) {
    const atMs = changeTime(START_MS + 300 - backMs, START_MS + 300);
    assert(second(atMs) > second(START_MS + 300), `${backMs}`);
  }
});

Deno.test("releasedAt() keeps its time for one release, and dates another one after all that was told before", async () => {
  using state = await openState();
  const first = await releasedAt(state.store, "1", START_MS + 300);
  assertEquals(first, START_MS + 300);
  assertEquals(await releasedAt(state.store, "1", START_MS + 90_000), first);
  const second = await releasedAt(state.store, "2", START_MS + 90_300);
  assertEquals(second, START_MS + 91_000);
  assertEquals(await releasedAt(state.store, "1", START_MS + 95_300), START_MS + 96_000, "going back is another one");
});
