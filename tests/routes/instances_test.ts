import { assert, assertEquals } from "@std/assert";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { peerKey } from "../../kv/keys.ts";
import { Store } from "../../kv/store.ts";
import { signInByPassword } from "../../routes/_services/accounts.ts";
import { removeAccount } from "../../routes/_services/remove_account.ts";
import { fixture, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { PATIENT_STORE, START_MS } from "../doubles/state.ts";

interface Instances {
  readonly apps: readonly [TestApp, TestApp];
  readonly store: Store;
  readonly blobs: MemoryBlobs;
  readonly john: TestUser;
}

/** Two instances of one service. Their clock stands still: what is remembered never grows too old by itself. */
async function withInstances(run: (instances: Instances) => Promise<void>): Promise<void> {
  const store = new Store(await Deno.openKv(":memory:"), PATIENT_STORE);
  const nowMs = START_MS;
  const now = () => nowMs;
  const blobs = new MemoryBlobs(now);
  const options = { store, blobs, now, env: { QUOTAS: "off" } };
  const apps = [await startTestApp(options), await startTestApp(options)] as const;
  try {
    await run({ apps, store, blobs, john: await apps[0].addUser("john") });
  } finally {
    for (const app of apps) await app.close();
    store.close();
  }
}

async function statusOf(app: TestApp, path: string): Promise<number> {
  const response = await app.request(path);
  await response.body?.cancel();
  return response.status;
}

async function send(app: TestApp, by: TestUser, method: string, path: string, body?: unknown) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { ...by.auth, "content-type": "application/json" };
  const response = await app.request(path, { method, headers, ...json });
  assert(response.ok, `${method} ${path} gave ${response.status}`);
  return await response.json();
}

async function upload(app: TestApp, by: TestUser, file: string, path: string, visibility = "public") {
  const response = await app.upload(by, await fixture(file), "p.png", { path, visibility });
  assertEquals(response.status, 201);
  return await response.json();
}

const derivativesOf = async (blobs: MemoryBlobs) => (await Array.fromAsync(blobs.list("derivatives/"))).length;

Deno.test("DELETE on one instance takes the picture from all, and its receipt says what went", () =>
  withInstances(async ({ apps: [one, two], blobs, john }) => {
    const { id } = await upload(one, john, "quarters.png", "a/p.png");
    for (const url of ["/i/john/a/p.png", "/i/john/a/p.webp?w=8", "/i/john/a/p.webp?w=9"]) {
      for (const app of [one, two]) assertEquals(await statusOf(app, url), 200);
    }
    await one.settled();
    await two.settled();
    assertEquals(await derivativesOf(blobs), 2);
    const { purged } = await send(one, john, "DELETE", `/api/v1/images/${id}`);
    assertEquals([purged.derivatives, purged.instances, purged.edge], [2, 2, "none"]);
    assertEquals(purged.tags.length, 2, "image and path");
    for (const url of ["/i/john/a/p.png", "/i/john/a/p.webp?w=8", "/i/john/a/p.webp?w=9"]) {
      for (const app of [one, two]) assertEquals(await statusOf(app, url), 404);
    }
    assertEquals(await Array.fromAsync(blobs.list("")), []);
  }));

Deno.test("what was changed on one instance is served by the other as soon as the change is answered", () =>
  withInstances(async ({ apps: [one, two], john }) => {
    const etagOf = async (app: TestApp, path: string) => {
      const response = await app.request(path);
      await response.body?.cancel();
      return `${response.status} ${response.headers.get("etag")}`;
    };
    const a = await upload(one, john, "quarters.png", "p.png");
    const before = await etagOf(two, "/i/john/p.png");
    assertEquals(a.purged, null, "there was nothing to purge");
    const b = await upload(one, john, "quarters.jpg", "p.png");
    assertEquals([b.purged.instances, b.purged.edge], [2, "none"]);
    assert(await etagOf(two, "/i/john/p.png") !== before);
    assertEquals(await etagOf(two, "/i/john/p.png"), await etagOf(one, "/i/john/p.png"));
    const { purged } = await send(two, john, "PUT", `/api/v1/images/${b.id}/visibility`, { visibility: "private" });
    assertEquals(purged.instances, 2);
    for (const app of [one, two]) assertEquals(await statusOf(app, "/i/john/p.png"), 404, "private");
    await send(one, john, "PUT", `/api/v1/images/${b.id}/visibility`, { visibility: "public" });
    for (const app of [one, two]) assertEquals(await statusOf(app, "/i/john/p.png"), 200, "public again");
    await send(two, john, "PATCH", `/api/v1/images/${b.id}/paths`, { from: "p.png", to: "q.png" });
    for (const app of [one, two]) {
      assertEquals([await statusOf(app, "/i/john/p.png"), await statusOf(app, "/i/john/q.png")], [404, 200], "moved");
    }
    await send(one, john, "DELETE", `/api/v1/images/${b.id}?undoable=true`);
    for (const app of [one, two]) assertEquals(await statusOf(app, "/i/john/q.png"), 404, "hidden");
    await send(two, john, "POST", `/api/v1/images/${b.id}/restore`);
    for (const app of [one, two]) assertEquals(await statusOf(app, "/i/john/q.png"), 200, "restored");
  }));

Deno.test("turning a picture private removes what was made of it for everybody", () =>
  withInstances(async ({ apps: [one, two], blobs, john }) => {
    const { id } = await upload(one, john, "quarters.png", "p.png");
    assertEquals(await statusOf(two, "/i/john/p.webp?w=8"), 200);
    await two.settled();
    const { purged } = await send(one, john, "PATCH", `/api/v1/images/${id}/visibility`, { visibility: "private" });
    assertEquals([purged.derivatives, await derivativesOf(blobs)], [1, 0]);
  }));

Deno.test("a preset that was changed or deleted counts on every instance at once", () =>
  withInstances(async ({ apps: [one, two], john }) => {
    await upload(one, john, "quarters.png", "p.png");
    const presets = "/api/v1/settings/presets";
    await send(one, john, "POST", presets, { name: "small", params: { w: 8 } });
    const etag = async (app: TestApp) => (await app.request("/i/john/p.webp?p:small")).headers.get("etag");
    const before = await etag(two);
    const changed = await send(one, john, "PUT", `${presets}/small`, { params: { w: 9 } });
    assertEquals([changed.params.w, changed.purged.instances, changed.purged.tags.length], [9, 2, 1]);
    assert(await etag(two) !== before);
    assertEquals((await send(two, john, "DELETE", `${presets}/small`)).purged.tags, changed.purged.tags);
    assertEquals(await statusOf(one, "/i/john/p.webp?p:small"), 400);
  }));

Deno.test("a name has as many tries of its password over two instances as over one", () =>
  withInstances(async ({ apps, john }) => {
    const refused: number[] = [];
    for (let n = 0; n < 14; n++) {
      const { deps } = apps[n % 2]!;
      await signInByPassword(deps, john.user.name, "wrong password", `10.0.0.${n}`).catch(() => refused.push(n));
    }
    assertEquals(refused, [10, 11, 12, 13]);
  }));

Deno.test("an account that is removed on one instance is gone from all", () =>
  withInstances(async ({ apps: [one, two], john }) => {
    await upload(one, john, "quarters.png", "p.png");
    assertEquals(await statusOf(two, "/i/john/p.png"), 200);
    await removeAccount(one.deps, john.user);
    assertEquals(await statusOf(two, "/i/john/p.png"), 404);
    await one.settled();
  }));

Deno.test("a picture that both instances are asked for at once is made once", () =>
  withInstances(async ({ apps: [one, two], blobs, john }) => {
    await upload(one, john, "quarters.jpg", "p.jpg");
    const urls = Array.from({ length: 6 }, (_, n) => `/i/john/p.webp?w=${20 + n}`);
    const asked = urls.flatMap((url) => [one, two, one, two].map((app) => statusOf(app, url)));
    assertEquals(new Set(await Promise.all(asked)), new Set([200]));
    assertEquals(one.transforms() + two.transforms(), urls.length);
    await one.settled();
    await two.settled();
    assertEquals(await derivativesOf(blobs), urls.length);
  }));

Deno.test("an instance that died is not waited for beyond the bound, nor counted", () =>
  withInstances(async ({ apps: [one], store, john }) => {
    const { id } = await upload(one, john, "quarters.png", "p.png");
    await store.commit(store.atomic().set(peerKey("dead"), { v: 1, startedAtMs: 0, beats: 1 }));
    assertEquals((await send(one, john, "DELETE", `/api/v1/images/${id}`)).purged.instances, 2);
  }));

const FILES = ["quarters.png", "quarters.jpg", "framed.png"];
const PATHS = ["a.png", "b/c.png", "d.jpg", "e/p.png"];
const STEPS = 40;
/** Rows that stand for one image each, and those that are there for a moment only. */
const KINDS = [
  "image",
  "path",
  "base",
  "trash",
  "active_link",
  "image_deliveries",
  "derivative",
  "derivative_count",
  "derivative_pending",
  "derivative_use",
  "lease",
  "peer_mail",
];

Deno.test("after any history over two instances both serve what is there and nothing else, and nothing is left over", async () => {
  for (const seed of [1, 2]) {
    await withInstances(async ({ apps, blobs, store, john }) => {
      const random = seededRandom(seed);
      /** Path → id of its image. */
      const model = new Map<string, string>();
      const pathsOf = (id: string) => [...model].filter(([, image]) => image === id).map(([path]) => path);
      const drop = (id: string) => pathsOf(id).forEach((path) => model.delete(path));
      for (let step = 0; step < STEPS; step++) {
        const app = random.pick(apps);
        const path = random.pick(PATHS);
        const id = model.get(path);
        const kind = random.integer(0, 5);
        if (kind <= 2 || id === undefined) {
          const { id: image } = await upload(app, john, random.pick(FILES), path);
          model.set(path, image);
        } else if (kind === 3) {
          await send(app, john, "DELETE", `/api/v1/images/${id}`);
          drop(id);
        } else if (kind === 4) {
          await send(app, john, "DELETE", `/api/v1/images/${id}/paths?path=${encodeURIComponent(path)}`);
          model.delete(path);
        } else {
          await send(app, john, "POST", "/api/v1/images/batch/delete", { ids: [id] });
          drop(id);
        }
        for (const path of PATHS) {
          const width = random.integer(5, 7);
          for (const url of [`/i/john/${path}`, `/i/john/${path.replace(/\..*/, ".webp")}?w=${width}`]) {
            const statuses = [await statusOf(apps[0], url), await statusOf(apps[1], url)];
            const expected = model.has(path) ? 200 : 404;
            assertEquals(statuses, [expected, expected], `seed ${seed}, step ${step}, ${url}`);
          }
        }
      }
      for (const id of new Set(model.values())) await send(apps[0], john, "DELETE", `/api/v1/images/${id}`);
      for (const app of apps) {
        await app.settled();
        await app.deps.usage.flush();
        await app.deps.derivativeUses.flush();
      }
      assertEquals(await Array.fromAsync(blobs.list("")), []);
      for (const kind of KINDS) {
        assertEquals(await Array.fromAsync(store.list({ prefix: [kind] }), ({ key }) => key), []);
      }
    });
  }
});
