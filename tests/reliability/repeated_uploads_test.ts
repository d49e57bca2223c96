/** F21: the same upload many times, at once and later, with an `Idempotency-Key` and without one. */
import { assert, assertEquals } from "@std/assert";
import { MAX_NOTES, NOTE_MS } from "../../kv/upload_notes.ts";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { Store } from "../../kv/store.ts";
import { errorOf, fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { PATIENT_STORE, runningClock, START_MS } from "../doubles/state.ts";
import { testRow } from "./test_row.ts";

const AT_ONCE = 50;

/** An upload as a client sends it; null = without a key. */
function send(app: TestApp, by: TestUser, file: Uint8Array<ArrayBuffer>, path: string, key: string | null) {
  const body = new FormData();
  body.append("file", new File([file], "p.png"));
  body.append("path", path);
  const headers = { ...by.auth, ...(key === null ? {} : { "idempotency-key": key }) };
  return app.request("/api/v1/images", { method: "POST", headers, body });
}

const blobsOf = async (app: TestApp) => (await Array.fromAsync(app.blobs.list("originals/"))).length;

testRow("F21", `${AT_ONCE} at once with one key, over two servers, then again`, async (measure) => {
  const store = new Store(await Deno.openKv(":memory:"), PATIENT_STORE);
  const now = runningClock();
  const options = { store, now, blobs: new MemoryBlobs(now), env: { QUOTAS: "off" } };
  const apps = [await startTestApp(options), await startTestApp(options)];
  try {
    const john = await apps[0]!.addUser("john");
    const file = await fixture("quarters.png");
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) => send(apps[n % 2]!, john, file, "a/p.png", "key-1")),
    );
    assertEquals(new Set(answers.map(({ status }) => status)), new Set([201]));
    const bodies = new Set(await Promise.all(answers.map((response) => response.text())));
    assertEquals(bodies.size, 1, [...bodies].join("\n"));
    const first = JSON.parse([...bodies][0]!);
    assertEquals([first.is_new, first.paths], [true, ["a/p.png"]]);
    const later = await send(apps[1]!, john, file, "a/p.png", "key-1");
    assertEquals(await later.json(), first);
    for (const app of apps) await app.settled();
    assertEquals(await blobsOf(apps[0]!), 1);
    assertEquals(await apps[0]!.deps.images.totals(john.user.id), { images: 1, bytes: file.length });
    measure(`${AT_ONCE} at once over two servers: ${AT_ONCE} × 201, one body, one picture, one file stored`);
  } finally {
    for (const app of apps) await app.close();
    store.close();
  }
});

testRow("F21", `${AT_ONCE} at once without a key`, async (measure) => {
  const app = await startTestApp({ env: { QUOTAS: "off" } });
  try {
    const john = await app.addUser("john");
    const file = await fixture("quarters.png");
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => send(app, john, file, "p.png", null)));
    const bodies = await Promise.all(answers.map((response) => response.json()));
    assertEquals(new Set(bodies.map(({ id, hash }) => `${id} ${hash}`)).size, 1);
    assertEquals(bodies.filter(({ is_new }) => is_new).length, 1);
    await app.settled();
    assertEquals(await blobsOf(app), 1);
    measure(`without a key: one picture, one file stored, is_new once`);
  } finally {
    await app.close();
  }
});

testRow("F21", "what a key stands for, for how long, and for whom", async (measure) => {
  const clock = { nowMs: START_MS };
  const app = await startTestApp({ now: () => clock.nowMs, env: { QUOTAS: "off" } });
  try {
    const [john, mary] = [await app.addUser("john"), await app.addUser("mary")];
    const [file, other] = [await fixture("quarters.png"), await fixture("quarters.jpg")];
    const isNew = async (response: Response) => {
      const answer = await response.json();
      assertEquals(response.status, 201, JSON.stringify(answer));
      return answer.is_new as boolean;
    };
    const refused = async (response: Response) => {
      const { code, message } = await errorOf(response);
      assert(/Idempotency-Key/.test(message), message);
      return `${response.status} ${code}`;
    };
    assertEquals(await isNew(await send(app, john, file, "p.png", "k")), true);
    assertEquals(await refused(await send(app, john, other, "p.png", "k")), "409 CONFLICT");
    assertEquals(await refused(await send(app, john, file, "q.png", "k")), "409 CONFLICT");
    assertEquals(await isNew(await send(app, john, file, "p.png", "k2")), false, "another key is another upload");
    assertEquals(await isNew(await send(app, john, file, "p.png", "k2")), false);
    assertEquals(await isNew(await send(app, mary, other, "p.png", "k")), true, "keys belong to their user");
    clock.nowMs += NOTE_MS - 1;
    assertEquals(await isNew(await send(app, john, file, "p.png", "k")), true);
    clock.nowMs += 1;
    assertEquals(await isNew(await send(app, john, file, "p.png", "k")), false, "a day later it is another upload");
    const { id } = await (await send(app, john, file, "p.png", "k")).json();
    await (await app.request(`/api/v1/images/${id}`, { method: "DELETE", headers: john.auth })).body?.cancel();
    assertEquals(await refused(await send(app, john, file, "p.png", "k")), "409 CONFLICT", "nothing comes back");
    for (const bad of ["", "ä", "x".repeat(256)]) {
      assertEquals(await refused(await send(app, john, file, "p.png", bad)), "400 VALIDATION_ERROR", bad);
    }
    measure("another file, path, user or day with the key: 409 or another upload; a deleted picture stays deleted");
  } finally {
    await app.close();
  }
});

testRow("F21", "a user's keys are bounded", async (measure) => {
  const app = await startTestApp({ env: { QUOTAS: "off" } });
  try {
    const john = await app.addUser("john");
    const file = await fixture("quarters.png");
    const rows = async () => (await Array.fromAsync(app.store.list({ prefix: ["upload_note"] }))).length;
    await (await send(app, john, file, "p.png", "first")).body?.cancel();
    // As if the user had filled every other slot.
    await app.store.commit(app.store.atomic().set(["upload_note_slot", john.user.id], MAX_NOTES));
    await (await send(app, john, file, "p.png", "last")).body?.cancel();
    assertEquals(await rows(), 1, "the oldest makes room");
    const again = await (await send(app, john, file, "p.png", "last")).json();
    assertEquals(again.is_new, false);
    measure(`at most ${MAX_NOTES} keys a user, the oldest goes`);
  } finally {
    await app.close();
  }
});
