import { assert, assertEquals } from "@std/assert";
import { RateLimits, type RateState } from "../../kv/rate_limit.ts";
import { openState, type TestState } from "../doubles/state.ts";

const MINUTE_MS = 60_000;
const open = (state: TestState) => new RateLimits(state.store, state.deps.now);

/** Asks so many times at once; how many were allowed. */
async function takeAtOnce(rates: readonly RateLimits[], who: string, limit: number, times: number): Promise<number> {
  const states = await Promise.all(Array.from({ length: times }, (_, n) => rates[n % rates.length]!.take(who, limit)));
  return states.filter((s) => s.isAllowed).length;
}

Deno.test("take() allows exactly the limit to many at once, and tells what remains", async () => {
  using state = await openState();
  const rates = open(state);
  const first = await rates.take("one", 100);
  assertEquals([first.isAllowed, first.limit, first.remaining], [true, 100, 99]);
  assertEquals(first.resetAtMs, (Math.floor(state.clock.nowMs / MINUTE_MS) + 1) * MINUTE_MS);
  assertEquals(await takeAtOnce([rates], "one", 100, 300), 99);
  assertEquals(await rates.take("one", 100), { ...first, isAllowed: false, remaining: 0 });
  assertEquals(await takeAtOnce([rates], "two", 100, 10), 10);
});

Deno.test("take() refuses nobody below the limit whose block others spend while it comes", async () => {
  using state = await openState();
  const rates = open(state);
  const transact = state.store.transact.bind(state.store);
  const others: Promise<RateState>[] = [];
  const callMeanwhile = async () => {
    for (let tick = 0; tick < 8; tick++) {
      await null;
      others.push(rates.take("one", 100), rates.take("one", 100));
    }
  };
  let meanwhile: Promise<void> | null = null;
  state.store.transact = async (attempt) => {
    const result = await transact(attempt);
    meanwhile ??= callMeanwhile();
    return result;
  };
  assertEquals((await rates.take("one", 100)).isAllowed, true);
  await meanwhile;
  assertEquals((await Promise.all(others)).map((s) => s.isAllowed), Array(16).fill(true));
});

Deno.test("take() begins anew with the next minute, and with an earlier one when the clock leaps back", async () => {
  using state = await openState();
  const rates = open(state);
  assertEquals(await takeAtOnce([rates], "one", 5, 9), 5);
  state.clock.nowMs += MINUTE_MS;
  assertEquals(await takeAtOnce([rates], "one", 5, 9), 5);
  state.clock.nowMs -= 10 * MINUTE_MS;
  assertEquals(await takeAtOnce([rates], "one", 5, 9), 5);
});

for (const limit of [100, 500]) {
  Deno.test(`take() holds a limit of ${limit} over two processes, within 5 % below`, async () => {
    using state = await openState();
    const [one, two] = [open(state), open(state)];
    assertEquals(await takeAtOnce([two], "lazy", limit, 1), 1);
    const lazy = 1 + await takeAtOnce([one], "lazy", limit, 2 * limit);
    assert(lazy <= limit && lazy >= 0.95 * limit, `${lazy} of ${limit} when one process hardly asks`);
    const even = await takeAtOnce([one, two], "even", limit, 3 * limit);
    assert(even <= limit && even >= 0.95 * limit, `${even} of ${limit} when both ask`);
  });
}

Deno.test("take() follows a limit that changes within the minute", async () => {
  using state = await openState();
  const rates = open(state);
  assertEquals(await takeAtOnce([rates], "one", 10, 20), 10);
  assertEquals(await takeAtOnce([rates], "one", 50, 100), 40);
});

Deno.test("peek() tells what remains and takes nothing", async () => {
  using state = await openState();
  const rates = open(state);
  assertEquals(rates.peek("one", 10).remaining, 10);
  await rates.take("one", 10);
  assertEquals([rates.peek("one", 10).remaining, rates.peek("one", 10).remaining], [9, 9]);
});
