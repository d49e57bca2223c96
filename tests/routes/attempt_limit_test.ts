import { assertEquals } from "@std/assert";
import { AttemptLimit } from "../../routes/_services/attempt_limit.ts";

function makeLimit() {
  const clock = { nowMs: 0 };
  return { clock, limit: new AttemptLimit(() => clock.nowMs, { perName: 3, perAddress: 5, inAll: 8 }) };
}

Deno.test("take() bounds tries of a name, of an address and in all, for a minute", () => {
  const { clock, limit } = makeLimit();
  const tries = (name: string, address: string, count: number) =>
    Array.from({ length: count }, () => limit.take(name, address)).filter((t) => t).length;
  assertEquals(tries("john", "1", 5), 3);
  assertEquals(tries("JOHN", "2", 1), 0);
  assertEquals(tries("mary", "1", 5), 2);
  assertEquals(tries("mary", "2", 1), 0);
  assertEquals(tries("anna", "2", 5), 3);
  assertEquals(tries("zoe", "3", 1), 0);
  clock.nowMs = 59_999;
  assertEquals(tries("john", "1", 1), 0);
  clock.nowMs = 60_000;
  assertEquals(tries("john", "1", 4), 3);
});

Deno.test("take() leaves a name that is tried from elsewhere its share of all tries", () => {
  const { limit } = makeLimit();
  for (let n = 0; n < 100; n++) limit.take("john", "1");
  assertEquals(limit.take("mary", "2"), true);
});
