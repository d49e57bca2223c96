import { assert, assertEquals, assertRejects } from "@std/assert";
import { SingleFlight } from "../../routes/_services/single_flight.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Work that ends when the test says so, and knows how often it began. */
function openWork() {
  const runs: (PromiseWithResolvers<string> & { readonly signal: AbortSignal })[] = [];
  const work = (signal: AbortSignal) => {
    const run = { ...Promise.withResolvers<string>(), signal };
    runs.push(run);
    return run.promise;
  };
  return { runs, work };
}

Deno.test("run() runs the work once when 50 ask for one key at once", async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = openWork();
  const calls = Array.from({ length: 50 }, () => flights.run("k", work));
  assertEquals([runs.length, flights.size], [1, 1]);
  runs[0]!.resolve("done");
  assertEquals(await Promise.all(calls), Array(50).fill("done"));
  assertEquals(flights.size, 0);
});

Deno.test("run() runs apart what has different keys", async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = openWork();
  const calls = [flights.run("a", work), flights.run("b", work)];
  assertEquals(runs.length, 2);
  runs[1]!.resolve("b");
  runs[0]!.resolve("a");
  assertEquals(await Promise.all(calls), ["a", "b"]);
});

Deno.test("run() runs again when the earlier run has ended", async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = openWork();
  for (const result of ["first", "second"]) {
    const call = flights.run("k", work);
    runs.at(-1)!.resolve(result);
    assertEquals(await call, result);
  }
  assertEquals(runs.length, 2);
});

Deno.test("run() gives a failure to all waiters and does not keep it", async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = openWork();
  const calls = [1, 2, 3].map(() => flights.run("k", work));
  runs[0]!.reject(new TypeError("Broken"));
  for (const call of calls) await assertRejects(() => call, TypeError, "Broken");
  const again = flights.run("k", work);
  runs[1]!.resolve("fine");
  assertEquals(await again, "fine");
});

Deno.test("run() leaves the others alone when one caller goes away", async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = openWork();
  const abort = new AbortController();
  const [leaving, staying] = [flights.run("k", work, abort.signal), flights.run("k", work)];
  abort.abort(new RangeError("Gone"));
  await assertRejects(() => leaving, RangeError, "Gone");
  assertEquals([runs[0]!.signal.aborted, flights.size], [false, 1]);
  runs[0]!.resolve("done");
  assertEquals(await staying, "done");
});

Deno.test("run() aborts the work when the last caller has gone, and the next one starts afresh", async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = openWork();
  const aborts = [new AbortController(), new AbortController()];
  const calls = aborts.map((a) => flights.run("k", work, a.signal));
  aborts[0]!.abort();
  await assertRejects(() => calls[0]!);
  assert(!runs[0]!.signal.aborted);
  aborts[1]!.abort();
  await assertRejects(() => calls[1]!);
  assertEquals([runs[0]!.signal.aborted, flights.size], [true, 0]);
  const next = flights.run("k", work);
  // What the abandoned run says late must not reach the new one, nor end its flight.
  runs[0]!.reject(new Error("Cancelled"));
  await settle();
  assertEquals([runs.length, flights.size], [2, 1]);
  runs[1]!.resolve("fresh");
  assertEquals(await next, "fresh");
});

Deno.test("run() starts nothing when its caller has gone before", async () => {
  const flights = new SingleFlight<string>();
  const { runs, work } = openWork();
  await assertRejects(() => flights.run("k", work, AbortSignal.abort(new RangeError("Gone"))), RangeError);
  assertEquals([runs.length, flights.size], [0, 0]);
});
