import { assertEquals } from "@std/assert";
import { Breaker } from "../../kv/blobs/s3/breaker.ts";

function open() {
  const clock = { nowMs: 0 };
  const told: string[] = [];
  const breaker = new Breaker({ failuresToOpen: 3, openMs: 100 }, () => clock.nowMs, (state) => told.push(state));
  return { clock, told, breaker };
}

Deno.test("it opens after so many failures in a row, not before, and a success in between begins the row anew", () => {
  const { breaker, told } = open();
  for (const outcome of ["fail", "fail", "succeed", "fail", "fail"] as const) {
    assertEquals(breaker.admit(), true);
    breaker[outcome]();
  }
  assertEquals([breaker.state, told], ["closed", []]);
  breaker.fail();
  assertEquals([breaker.state, breaker.admit(), told], ["open", false, ["open"]]);
});

Deno.test("after its time one call may try: a failure opens it for as long again, a success closes it", () => {
  const { breaker, clock, told } = open();
  for (const _ of [1, 2, 3]) breaker.fail();
  clock.nowMs = 99;
  assertEquals(breaker.admit(), false);
  clock.nowMs = 100;
  assertEquals([breaker.state, breaker.admit(), breaker.admit()], ["half_open", true, false]);
  breaker.fail();
  clock.nowMs = 199;
  assertEquals(breaker.admit(), false);
  clock.nowMs = 200;
  assertEquals(breaker.admit(), true);
  breaker.succeed();
  assertEquals([breaker.state, breaker.admit(), told], ["closed", true, ["open", "closed"]]);
});

Deno.test("failures of calls that went out before it opened do not keep it open longer", () => {
  const { breaker, clock } = open();
  for (const _ of [1, 2, 3]) breaker.fail();
  clock.nowMs = 90;
  breaker.fail();
  clock.nowMs = 100;
  assertEquals(breaker.state, "half_open");
});
