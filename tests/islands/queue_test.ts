import { assertEquals } from "@std/assert";
import {
  nextToStart,
  type Queue,
  type QueueEvent,
  reduceQueue,
  totalsOf,
  UPLOADS_AT_ONCE,
} from "../../islands/publish/queue.ts";
import type { UploadAnswer } from "../../routes/api/v1/_schema/images.ts";

const answer = { id: "0123456789abcdef" } as UploadAnswer;
const refusal = { code: "INVALID_FILE", message: "File is not a picture", canRetry: false };
const file = (name: string, size = 100) => ({ name, size, folder: "" });
const after = (events: readonly QueueEvent[]): Queue => events.reduce(reduceQueue, []);
const kinds = (queue: Queue) => queue.map(({ state }) => state.kind);
const five: QueueEvent = { type: "add", first: 1, files: ["a", "b", "c", "d", "e"].map((name) => file(name)) };
const start = (key: number): QueueEvent => ({ type: "start", key });

Deno.test("reduceQueue() takes files in their order, with keys that count up", () => {
  const queue = after([five, { type: "add", first: 6, files: [file("f"), file("g")] }]);
  assertEquals(queue.map(({ key, name }) => `${key}${name}`), ["1a", "2b", "3c", "4d", "5e", "6f", "7g"]);
});

Deno.test("nextToStart() keeps so many on their way and no more, in the order of the queue", () => {
  let queue = after([five]);
  assertEquals(nextToStart(queue).map(({ key }) => key), [1, 2, 3, 4].slice(0, UPLOADS_AT_ONCE));
  for (const { key } of nextToStart(queue)) queue = reduceQueue(queue, start(key));
  assertEquals(nextToStart(queue), []);
  queue = reduceQueue(queue, { type: "cancel", key: 2 });
  assertEquals(nextToStart(queue).map(({ key }) => key), [5]);
});

Deno.test("reduceQueue() never goes past the file's own bytes, and hears only of what is being sent", () => {
  const sent = (sentBytes: number): QueueEvent => ({ type: "progress", key: 1, sentBytes });
  assertEquals(after([five, sent(50)])[0]!.state, { kind: "waiting" });
  assertEquals(after([five, start(1), sent(50)])[0]!.state, { kind: "sending", sentBytes: 50 });
  assertEquals(after([five, start(1), sent(400)])[0]!.state, { kind: "sending", sentBytes: 100 });
});

Deno.test("reduceQueue() keeps a file cancelled when its answer comes too late, and the other way round", () => {
  const done: QueueEvent = { type: "done", key: 1, answer };
  const cancel: QueueEvent = { type: "cancel", key: 1 };
  const refuse: QueueEvent = { type: "refuse", key: 1, refusal };
  assertEquals(kinds(after([five, start(1), cancel, done, refuse]))[0], "cancelled");
  assertEquals(kinds(after([five, start(1), done, cancel, refuse]))[0], "done");
  assertEquals(kinds(after([five, refuse, start(1), done]))[0], "refused");
});

Deno.test("reduceQueue() sends again what was refused or cancelled, but nothing that is there", () => {
  const retry: QueueEvent = { type: "retry", key: 1 };
  assertEquals(kinds(after([five, start(1), { type: "refuse", key: 1, refusal }, retry]))[0], "waiting");
  assertEquals(kinds(after([five, { type: "cancel", key: 1 }, retry]))[0], "waiting");
  assertEquals(kinds(after([five, start(1), { type: "done", key: 1, answer }, retry]))[0], "done");
  assertEquals(kinds(after([five, start(1), retry]))[0], "sending");
});

Deno.test("reduceQueue() removes nothing that is on its way", () => {
  const queue = after([five, start(1), { type: "cancel", key: 2 }, { type: "remove", key: 1 }, { type: "clear" }]);
  assertEquals(queue.map(({ key }) => key), [1, 3, 4, 5]);
});

Deno.test("totalsOf() counts the bytes of files that are to be sent, not of refused and cancelled ones", () => {
  assertEquals(totalsOf([]), { count: 0, done: 0, refused: 0, share: 0, isBusy: false });
  const queue = after([
    { type: "add", first: 1, files: [file("a", 300), file("b", 100), file("c", 600)] },
    start(1),
    { type: "progress", key: 1, sentBytes: 150 },
    { type: "refuse", key: 2, refusal },
  ]);
  assertEquals(totalsOf(queue), { count: 3, done: 0, refused: 1, share: 150 / 900, isBusy: true });
  const over = [start(3), { type: "done", key: 3, answer }, { type: "cancel", key: 1 }] as const;
  assertEquals(totalsOf(over.reduce(reduceQueue, queue)), { count: 3, done: 1, refused: 1, share: 1, isBusy: false });
});
