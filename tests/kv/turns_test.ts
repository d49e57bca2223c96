import { assertEquals, assertRejects } from "@std/assert";
import { Turns } from "../../kv/turns.ts";

/** Work that notes when it begins and ends when it is let go. */
function controlled() {
  const began: string[] = [];
  const gates = new Map<string, () => void>();
  const work = (name: string) => () => {
    began.push(name);
    return new Promise<string>((resolve) => gates.set(name, () => resolve(name)));
  };
  return { began, work, end: (name: string) => gates.get(name)!() };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("run() lets work of one key run one after the other, in the order in which it came", async () => {
  const turns = new Turns<string>();
  const { began, work, end } = controlled();
  const all = ["a", "b", "c"].map((name) => turns.run("key", work(name)));
  for (const [at, name] of ["a", "b", "c"].entries()) {
    await settle();
    assertEquals(began.length, at + 1);
    end(name);
  }
  assertEquals(await Promise.all(all), ["a", "b", "c"]);
  assertEquals(began, ["a", "b", "c"]);
});

Deno.test("run() keeps keys apart and lets as many run at once as it was told", async () => {
  const turns = new Turns<string>(2);
  const { began, work, end } = controlled();
  const all = ["a1", "a2", "a3", "b1"].map((name) => turns.run(name[0]!, work(name)));
  await settle();
  assertEquals(began, ["a1", "a2", "b1"]);
  end("a2");
  await settle();
  assertEquals(began, ["a1", "a2", "b1", "a3"]);
  for (const name of ["a1", "a3", "b1"]) end(name);
  await Promise.all(all);
});

Deno.test("run() passes the turn on when work fails", async () => {
  const turns = new Turns<string>();
  const failing = turns.run("key", () => Promise.reject(new RangeError("No")));
  const after = turns.run("key", () => Promise.resolve("yes"));
  await assertRejects(() => failing, RangeError);
  assertEquals(await after, "yes");
});
