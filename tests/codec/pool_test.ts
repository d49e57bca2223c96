import { assert, assertEquals, assertRejects } from "@std/assert";
import { CodecError, type CodecErrorCode } from "../../codec/errors.ts";
import type { CodecJob } from "../../codec/job.ts";
import { CodecPool, type CodecPoolOptions, type PoolEvent } from "../../codec/pool.ts";
import { FakeSpawner } from "../doubles/fake_codec_process.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const NO_BYTES = new Uint8Array();
const HOUR_MS = 3_600_000;

/** Lets every promise that can go on go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

const job = (): CodecJob => ({ kind: "inspect", maxPixels: 1 });

async function openPool(options: Partial<CodecPoolOptions> = {}, startsAtOnce = true) {
  const spawner = new FakeSpawner();
  spawner.startsAtOnce = startsAtOnce;
  const events: PoolEvent[] = [];
  const pool = new CodecPool({
    size: 1,
    queueMax: 10,
    queueTimeoutMs: HOUR_MS,
    deadlineMs: HOUR_MS,
    memoryBudgetBytes: 1_000,
    retireResidentBytes: 1_000,
    spawn: spawner.spawn,
    onEvent: (event) => events.push(event),
    ...options,
  });
  await settle();
  return { pool, spawner, events, run: (o = {}) => pool.run(job(), NO_BYTES, o) };
}

async function assertCode(promise: Promise<unknown>, code: CodecErrorCode): Promise<CodecError> {
  const error = await assertRejects(() => promise, CodecError);
  assertEquals(error.code, code);
  return error;
}

Deno.test("CodecPool() starts its size and one spare", async () => {
  const { pool, spawner } = await openPool({ size: 3 });
  assertEquals(spawner.processes.length, 4);
  assertEquals(pool.stats, { idle: 4, busy: 0, queued: 0, jobs: 0, replaced: 0 });
  pool.close();
});

Deno.test("run() hands job and bytes over and the answer back", async () => {
  const { pool, spawner } = await openPool();
  const [wanted, bytes] = [job(), Uint8Array.of(1, 2, 3)];
  const answer = pool.run(wanted, bytes);
  assertEquals([spawner.working[0]!.job, spawner.working[0]!.bytes], [wanted, bytes]);
  spawner.working[0]!.answer(0, { width: 7 });
  assertEquals((await answer).result, { width: 7 });
  assertEquals(pool.stats, { idle: 2, busy: 0, queued: 0, jobs: 1, replaced: 0 });
  pool.close();
});

Deno.test("run() works on no more than size jobs at once, the others wait in order", async () => {
  const { pool, spawner, run } = await openPool({ size: 2 });
  const done: number[] = [];
  const jobs = [0, 1, 2, 3].map((n) => run().then(() => done.push(n)));
  assertEquals([spawner.working.length, pool.stats.queued], [2, 2]);
  for (let n = 0; n < 4; n++) {
    spawner.working[0]!.answer();
    await settle();
  }
  await Promise.all(jobs);
  assertEquals(done.toSorted(), [0, 1, 2, 3]);
  assertEquals(pool.stats.jobs, 4);
  pool.close();
});

Deno.test("run() refuses as busy when the queue is full", async () => {
  const { pool, spawner, run } = await openPool({ queueMax: 2 });
  const taken = [run(), run(), run()];
  await assertCode(run(), "busy");
  assertEquals(pool.stats.queued, 2);
  for (const accepted of taken) {
    spawner.working[0]!.answer();
    await accepted;
  }
  pool.close();
});

Deno.test("run() takes a job that need not wait when the queue may hold none", async () => {
  const { pool, spawner, run } = await openPool({ queueMax: 0 });
  const first = run();
  await assertCode(run(), "busy");
  spawner.working[0]!.answer();
  await first;
  pool.close();
});

Deno.test("run() refuses as busy when the wait in the queue is too long", async () => {
  const { pool, spawner, run } = await openPool({ queueTimeoutMs: 10 });
  const first = run();
  await assertCode(run(), "busy");
  assertEquals(pool.stats.queued, 0);
  assertEquals(spawner.working.length, 1);
  spawner.working[0]!.answer();
  await first;
  pool.close();
});

Deno.test("run() leaves the queue when its signal aborts, and costs no process", async () => {
  const { pool, spawner, run } = await openPool();
  const first = run();
  const abort = new AbortController();
  const [second, third] = [run({ signal: abort.signal }), run()];
  abort.abort();
  await assertCode(second, "cancelled");
  spawner.working[0]!.answer();
  await first;
  spawner.working[0]!.answer();
  await third;
  assertEquals(pool.stats.jobs, 2);
  pool.close();
});

Deno.test("run() rejects at once when its signal has aborted before", async () => {
  const { pool, spawner, run } = await openPool();
  await assertCode(run({ signal: AbortSignal.abort() }), "cancelled");
  assertEquals(spawner.working.length, 0);
  pool.close();
});

Deno.test({
  name: "run() leaves no timer behind when jobs waited, ended, were refused or cancelled",
  sanitizeOps: true,
  sanitizeResources: true,
  async fn() {
    const { pool, spawner, run } = await openPool({ queueMax: 2 });
    const abort = new AbortController();
    const [first, second, cancelled] = [run(), run(), run({ signal: abort.signal })];
    await assertCode(run(), "busy");
    abort.abort();
    await assertCode(cancelled, "cancelled");
    for (const job of [first, second]) {
      spawner.working[0]!.answer();
      await job;
    }
    const [last, closed] = [run(), run()];
    pool.close();
    await assertCode(closed, "busy");
    spawner.working[0]!.answer();
    await last;
  },
});

Deno.test("run() lets a job that runs end by itself when its signal aborts", async () => {
  const { pool, spawner, run } = await openPool();
  const abort = new AbortController();
  const running = run({ signal: abort.signal });
  abort.abort();
  spawner.working[0]!.answer();
  await running;
  pool.close();
});

Deno.test("run() kills and replaces the process when a job passes the deadline", async () => {
  const { pool, spawner, events, run } = await openPool({ deadlineMs: 20 });
  const stuck = spawner.processes[0]!;
  await assertCode(run(), "deadline");
  assert(stuck.isKilled);
  assertEquals(events.map((e) => [e.kind, e.pid]), [["killed", stuck.pid]]);
  await settle();
  assertEquals([spawner.living.length, pool.stats.replaced, pool.stats.idle], [2, 1, 2]);
  const next = run();
  spawner.working[0]!.answer();
  await next;
  pool.close();
});

Deno.test("run() serves the next job from the spare when a process is killed and its replacement is not ready", async () => {
  const { pool, spawner, run } = await openPool({ deadlineMs: 20 });
  spawner.startsAtOnce = false;
  const [stuck, next] = [run(), run()];
  next.catch(() => {});
  await assertCode(stuck, "deadline");
  assertEquals(spawner.working.map((p) => p.pid), [2]);
  spawner.working[0]!.answer();
  await next;
  pool.close();
  spawner.processes[2]!.start();
  await settle();
  assert(spawner.processes[2]!.isClosed);
});

Deno.test("run() rejects as crashed and replaces the process when it ends in the middle of a job", async () => {
  const { pool, spawner, events, run } = await openPool();
  const running = run();
  spawner.working[0]!.crash();
  await assertCode(running, "crashed");
  assertEquals(events.map((e) => e.kind), ["crashed"]);
  await settle();
  assertEquals([pool.stats.idle, pool.stats.replaced], [2, 1]);
  pool.close();
});

Deno.test("run() tries again, up to three times, where processes are killed from outside", async () => {
  const { pool, spawner, events, run } = await openPool();
  const isWorking = async () => {
    while (spawner.working.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const [first, second] = [run(), run()];
  spawner.working[0]!.killFromOutside();
  await settle();
  // It waits behind the one that waited already.
  spawner.working[0]!.answer();
  assert((await second).queueMs >= 0);
  await isWorking();
  spawner.working[0]!.answer();
  await first;
  assertEquals(events.map((e) => e.kind), ["crashed"]);
  const third = run();
  third.catch(() => {});
  for (let kill = 0; kill < 4; kill++) {
    await isWorking();
    spawner.working[0]!.killFromOutside();
    await settle();
  }
  // No word on the picture: it may be sent again.
  await assertCode(third, "busy");
  pool.close();
});

Deno.test("run() does not try again for who has gone", async () => {
  const { pool, spawner, run } = await openPool({ killedDelayMs: 0 });
  const abort = new AbortController();
  const job = run({ signal: abort.signal });
  abort.abort();
  spawner.working[0]!.killFromOutside();
  await assertCode(job, "cancelled");
  assertEquals(spawner.working, []);
  pool.close();
});

Deno.test("close() ends what was to be tried again", async () => {
  const { pool, spawner, run } = await openPool();
  const job = run();
  spawner.working[0]!.killFromOutside();
  await settle();
  pool.close();
  await assertCode(job, "busy");
});

Deno.test("run() that tries again waits no longer than others", async () => {
  const { pool, spawner, run } = await openPool({ queueTimeoutMs: 1 });
  const abort = new AbortController();
  const [first, second] = [run({ signal: abort.signal }), run({ party: "other" })];
  const third = run();
  spawner.working.forEach((process) => process.killFromOutside());
  spawner.startsAtOnce = false;
  await assertCode(third, "busy");
  await Promise.all([first, second].map((one) => assertCode(one, "busy")));
  pool.close();
});

Deno.test("CodecPool() replaces an idle process that ends", async () => {
  const { pool, spawner, events } = await openPool();
  spawner.processes[1]!.crash();
  await settle();
  assertEquals(events.map((e) => [e.kind, e.pid]), [["crashed", 2]]);
  assertEquals([spawner.processes.length, pool.stats.idle, pool.stats.replaced], [3, 2, 1]);
  pool.close();
});

Deno.test("run() replaces a process that has ended by the time its answer is read", async () => {
  const { pool, spawner, events, run } = await openPool();
  const running = run();
  const process = spawner.working[0]!;
  process.endEarly();
  await settle();
  process.answer();
  await running;
  await settle();
  assertEquals(events.map((e) => [e.kind, e.pid]), [["crashed", process.pid]]);
  const next = [run(), run()];
  assertEquals(spawner.working.map((p) => p.pid), [2]);
  for (const answer of next) {
    spawner.working[0]!.answer();
    await answer;
  }
  pool.close();
});

Deno.test("run() keeps the process when the core refuses the picture", async () => {
  const { pool, spawner, events, run } = await openPool();
  for (const code of ["corrupt", "unsupported", "limit", "unknown_format"] as const) {
    const refused = run();
    spawner.working[0]!.refuse(code);
    await assertCode(refused, code);
  }
  assertEquals([spawner.processes.length, events.length], [2, 0]);
  pool.close();
});

Deno.test("run() retires the process after a job that left it too large", async () => {
  const { pool, spawner, events, run } = await openPool({ retireResidentBytes: 500 });
  const within = run();
  spawner.working[0]!.answer(500);
  await within;
  await settle();
  assertEquals(events, []);
  const past = run();
  const large = spawner.working[0]!;
  large.answer(501);
  await past;
  await settle();
  assertEquals(events.map((e) => [e.kind, e.pid]), [["retired", large.pid]]);
  assert(large.isClosed && !large.isKilled);
  assertEquals([spawner.living.length, pool.stats.replaced], [2, 1]);
  pool.close();
});

Deno.test("run() holds back a job that would pass the memory budget until there is room", async () => {
  const { pool, spawner, run } = await openPool({ size: 2, memoryBudgetBytes: 100 });
  const jobs = [run({ memoryBytes: 60 }), run({ memoryBytes: 41 }), run({ memoryBytes: 59 })];
  assertEquals([spawner.working.length, pool.stats.queued], [1, 2]);
  spawner.working[0]!.answer();
  await settle();
  assertEquals([spawner.working.length, pool.stats.queued], [2, 0]);
  for (const process of spawner.working) process.answer();
  await Promise.all(jobs);
  pool.close();
});

Deno.test("run() runs a job larger than the whole budget alone", async () => {
  const { pool, spawner, run } = await openPool({ size: 2, memoryBudgetBytes: 100 });
  const huge = run({ memoryBytes: 5_000 });
  const small = run({ memoryBytes: 1 });
  assertEquals([spawner.working.length, pool.stats.queued], [1, 1]);
  spawner.working[0]!.answer();
  await huge;
  await settle();
  spawner.working[0]!.answer();
  await small;
  pool.close();
});

Deno.test("run() gives the memory of a crashed job back", async () => {
  const { pool, spawner, run } = await openPool({ size: 2, memoryBudgetBytes: 100 });
  const [first, second] = [run({ memoryBytes: 100 }), run({ memoryBytes: 100 })];
  spawner.working[0]!.crash();
  await assertCode(first, "crashed");
  await settle();
  spawner.working[0]!.answer();
  await second;
  const [third, fourth] = [run({ memoryBytes: 50 }), run({ memoryBytes: 50 })];
  assertEquals(spawner.working.length, 2);
  for (const process of spawner.working) process.answer();
  await Promise.all([third, fourth]);
  pool.close();
});

Deno.test("run() takes the process that was used last, and one that has just started after those that have worked", async () => {
  const { pool, spawner, run } = await openPool({ size: 2 });
  const worked: number[] = [];
  const work = async (residentBytes = 0) => {
    const done = run();
    const process = spawner.working[0]!;
    worked.push(process.pid);
    process.answer(residentBytes);
    await done;
  };
  for (let n = 0; n < 4; n++) await work();
  assertEquals(new Set(worked).size, 1, "two others stay as small as they were");
  const two = [run(), run()];
  const pids = spawner.working.map(({ pid }) => pid);
  for (const process of spawner.working) process.answer();
  await Promise.all(two);
  assert(pids.includes(worked[0]!));
  await work(2_000);
  await settle();
  assertEquals(spawner.processes.length, 4, "one that grew too large is replaced");
  await work();
  assert(pids.includes(worked.at(-1)!) && worked.at(-1) !== worked.at(-2), "not by the new one, not by the spare");
  pool.close();
});

Deno.test("run() waits for the first process when none is ready", async () => {
  const { pool, spawner, run } = await openPool({}, false);
  const waiting = run();
  assertEquals(pool.stats.queued, 1);
  spawner.processes[0]!.start();
  await settle();
  spawner.working[0]!.answer();
  await waiting;
  pool.close();
  spawner.processes[1]!.start();
  await settle();
  assert(spawner.processes[1]!.isClosed);
});

Deno.test("CodecPool() tries again when a process cannot start", async () => {
  const { pool, spawner, events } = await openPool({}, false);
  spawner.processes[1]!.start();
  spawner.startsAtOnce = true;
  spawner.processes[0]!.failToStart();
  while (spawner.processes.length < 3) await settle();
  await settle();
  assertEquals(events.map((e) => [e.kind, e.pid]), [["spawn_failed", 1]]);
  assert(spawner.processes[0]!.isKilled);
  assertEquals(pool.stats.idle, 2);
  pool.close();
});

Deno.test("close() lets the running job end, refuses the waiting ones and new ones, and sends all home", async () => {
  const { pool, spawner, run } = await openPool();
  const [running, waiting] = [run(), run()];
  pool.close();
  await assertCode(waiting, "busy");
  await assertCode(run(), "busy");
  spawner.working[0]!.answer();
  await running;
  await settle();
  assertEquals(spawner.processes.map((p) => [p.isClosed, p.isKilled]), [[true, false], [true, false]]);
});

Deno.test("kill() ends the running jobs as busy and leaves no process", async () => {
  const { pool, spawner, run } = await openPool({ size: 2 });
  const [first, second, waiting] = [run(), run(), run()];
  waiting.catch(() => {});
  pool.kill();
  for (const job of [first, second, waiting]) await assertCode(job, "busy");
  await settle();
  assertEquals(spawner.living, []);
  assertEquals(spawner.processes.length, 3);
});

Deno.test("run() answers every job exactly once and keeps its bounds through a random history", async () => {
  const random = seededRandom(40);
  const { pool, spawner, run } = await openPool({ size: 3, queueMax: 5, memoryBudgetBytes: 100, killedDelayMs: 0 });
  const outcomes: string[] = [];
  const aborts: AbortController[] = [];
  for (let step = 0; step < 1_000; step++) {
    const act = random.integer(0, 9);
    if (act <= 3) {
      const abort = new AbortController();
      aborts.push(abort);
      run({ memoryBytes: random.integer(0, 60), signal: abort.signal, party: random.pick(["john", "john", "mary"]) })
        .then(() => outcomes.push("ok"), (error: CodecError) => outcomes.push(error.code));
    } else if (act <= 7 && spawner.working.length > 0) {
      const process = random.pick(spawner.working);
      random.pick([
        () => process.answer(),
        () => process.answer(2_000),
        () => process.crash(),
        () => process.killFromOutside(),
        () => process.refuse("corrupt"),
      ])();
    } else if (aborts.length > 0) random.pick(aborts).abort();
    await settle();
    const { idle, busy, queued } = pool.stats;
    // A job that is tried again may wait beside those that the queue has room for.
    assert(busy <= 4 && queued <= 9 && idle + busy === 4, JSON.stringify(pool.stats));
    const [working, paused] = [spawner.working.length, spawner.working.filter((process) => process.isPaused).length];
    assert(paused === Math.max(0, working - 3), `${paused} of ${working} stand still`);
  }
  while (spawner.working.length > 0) {
    spawner.working[0]!.answer();
    await settle();
  }
  assertEquals([pool.stats.queued, pool.stats.busy], [0, 0]);
  assertEquals(spawner.living.filter((process) => process.isPaused), []);
  assertEquals(outcomes.length, aborts.length);
  const allowed = new Set(["ok", "crashed", "corrupt", "busy", "cancelled"]);
  for (const outcome of outcomes) assert(allowed.has(outcome), outcome);
  pool.close();
});

Deno.test("run() takes jobs in turn by party, and lends the spare process to one that has none at work", async () => {
  const { pool, spawner, run } = await openPool({ size: 2 });
  const done: string[] = [];
  const as = (party: string, name: string) => run({ party }).then(() => done.push(name));
  const jobs = [as("john", "j1"), as("john", "j2"), as("john", "j3"), as("john", "j4")];
  assertEquals([spawner.working.length, pool.stats.queued], [2, 2]);
  jobs.push(as("mary", "m1"), as("mary", "m2"));
  assertEquals([spawner.working.length, pool.stats.queued], [3, 3], "the spare works for Mary");
  for (let n = 0; n < 6; n++) {
    spawner.working.at(-1)!.answer();
    await settle();
  }
  await Promise.all(jobs);
  assertEquals(done.slice(0, 2), ["m1", "m2"]);
  pool.close();
});

Deno.test("run() lets one of whoever has most at work stand still while the spare process works", async () => {
  const { pool, spawner, run } = await openPool({ size: 2 });
  const paused = () => spawner.working.filter((process) => process.isPaused);
  const [first, second] = [run({ party: "john" }), run({ party: "john" })];
  assertEquals(paused(), []);
  const slow = run({ party: "mary" });
  assertEquals(paused().length, 1);
  spawner.working.find((process) => !process.isPaused)!.answer();
  await settle();
  assertEquals(paused(), [], "there is room again");
  while (spawner.working.length > 0) spawner.working[0]!.answer();
  await Promise.all([first, second, slow]);
  const again = [run({ party: "john" }), run({ party: "john" }), run({ party: "mary" })];
  // It had answered just before it was told to stand still.
  const [early] = paused();
  early!.answer();
  await settle();
  assert(!early!.isPaused);
  while (spawner.working.length > 0) {
    spawner.working[0]!.answer();
    await settle();
  }
  await Promise.all(again);
  pool.close();
});

Deno.test("hold() refuses whoever run() would refuse, before anything is queued", async () => {
  const { pool, spawner, run } = await openPool({ queueMax: 2 });
  const busy = (party: string) =>
    pool.hold(party).then((place) => (place.leave(), false), (error) => (error as CodecError).code === "busy");
  assertEquals(await busy("john"), false);
  const jobs = [run({ party: "john" }), run({ party: "anna" }), run({ party: "john" })];
  assertEquals([pool.stats.queued, await busy("john"), await busy("mary")], [1, false, false]);
  jobs.push(run({ party: "john" }));
  assertEquals(
    [pool.stats.queued, await busy("john"), await busy("mary")],
    [2, true, false],
    "Mary's takes the place of John's latest",
  );
  jobs.at(-1)!.catch(() => {});
  await settle();
  while (spawner.working.length > 0) {
    spawner.working[0]!.answer();
    await settle();
  }
  await Promise.allSettled(jobs);
  assertEquals(await busy("john"), false);
  pool.close();
});

Deno.test("hold() waits while all places are held, until it is known whether there is one", async () => {
  const { pool, spawner, run } = await openPool({ size: 1, queueMax: 2 });
  const ask = () => {
    const asked = { outcome: "waits" };
    const place = pool.hold("john");
    place.then(() => asked.outcome = "has one", () => asked.outcome = "refused");
    return { asked, place };
  };
  const first = [ask(), ask(), ask()];
  const later = [ask(), ask(), ask()];
  const outcomes = async () => {
    await settle();
    return [...first, ...later].map(({ asked }) => asked.outcome);
  };
  assertEquals(await outcomes(), ["has one", "has one", "has one", "waits", "waits", "waits"]);
  // Whoever needs none after all leaves it to the next, once.
  const left = await first[0]!.place;
  left.leave();
  left.leave();
  assertEquals((await outcomes()).slice(3), ["has one", "waits", "waits"]);
  const abort = new AbortController();
  const gone = pool.hold("john", abort.signal);
  abort.abort();
  await assertCode(gone, "cancelled");
  const jobs = [];
  for (const { place } of [first[1]!, first[2]!, later[0]!]) jobs.push(run({ party: "john", place: await place }));
  assertEquals([pool.stats.busy, pool.stats.queued], [1, 2], "none of them is refused");
  assertEquals((await outcomes()).slice(3), ["has one", "refused", "refused"]);
  while (spawner.working.length > 0) {
    spawner.working[0]!.answer();
    await settle();
  }
  await Promise.all(jobs);
  (await pool.hold("john")).leave();
  pool.close();
  await assertRejects(() => pool.hold("john"), CodecError);
});

Deno.test("close() lets those go on that stand still", async () => {
  const { pool, spawner, run } = await openPool({ size: 2 });
  const jobs = [run({ party: "john" }), run({ party: "john" }), run({ party: "mary" })];
  assertEquals(spawner.working.filter((process) => process.isPaused).length, 1);
  pool.close();
  assertEquals(spawner.working.filter((process) => process.isPaused), []);
  for (const process of spawner.working) process.answer();
  await Promise.all(jobs);
});

Deno.test("run() refuses the latest of the party that has most waiting when the queue is full", async () => {
  const { pool, spawner, run } = await openPool({ queueMax: 2 });
  const ended: string[] = [];
  const as = (party: string, name: string) =>
    run({ party }).then(() => ended.push(`${name} done`), ({ code }: CodecError) => ended.push(`${name} ${code}`));
  const jobs = [as("john", "j1"), as("anna", "a1"), as("john", "j2"), as("john", "j3"), as("mary", "m1")];
  await settle();
  assertEquals(ended, ["j3 busy"]);
  while (spawner.working.length > 0) {
    spawner.working[0]!.answer();
    await settle();
  }
  await Promise.all(jobs);
  assertEquals(ended.toSorted(), ["a1 done", "j1 done", "j2 done", "j3 busy", "m1 done"]);
  pool.close();
});
