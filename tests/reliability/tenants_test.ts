/** T12, T13: every route of the API × every credential that must not open it. */
import { assert, assertEquals } from "@std/assert";
import { type OperationKey, OPERATIONS } from "../../routes/api/v1/_operations.ts";
import type { Operation } from "../../routes/api/v1/_operations/operation.ts";
import { routeTable } from "../../routes/app.ts";
import { call } from "../doubles/api.ts";
import type { TestApp, TestUser } from "../doubles/app.ts";
import { goodClaims, rawToken } from "../doubles/issuer.ts";
import { OPERATION_CALLS, type OperationId, OperationWorld, requestOf } from "../doubles/operations.ts";
import { testRow } from "./test_row.ts";

const SCOPES = ["read", "write"] as const;
const DAY_MS = 86_400_000;

/** Headers that open nothing of a user's, by what is wrong with them, and the status that each must get. */
async function wrongCredentials(app: TestApp, victim: TestUser, scope: "read" | "write") {
  const { apiKeys, now } = app.deps;
  const other = scope === "read" ? "write" : "read";
  const limited = await apiKeys.create(victim.user.id, { name: "limited", scopes: [other], expiresAtMs: null });
  const revoked = await apiKeys.create(victim.user.id, { name: "revoked", scopes: SCOPES, expiresAtMs: null });
  await apiKeys.revoke(victim.user.id, revoked.record.id);
  const expired = await apiKeys.create(victim.user.id, { name: "old", scopes: SCOPES, expiresAtMs: now() - DAY_MS });
  const forged = rawToken({ alg: "none" }, goodClaims(now(), { sub: victim.user.id, username: victim.user.name }), "");
  const changed = victim.key.slice(0, -1) + (victim.key.endsWith("A") ? "B" : "A");
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    "no key": [{}, 401],
    "wrong scope": [bearer(limited.key), 403],
    "revoked": [bearer(revoked.key), 401],
    "expired": [bearer(expired.key), 401],
    "forged token": [bearer(forged), 401],
    "changed key": [bearer(changed), 401],
    "user name as key": [bearer(victim.user.name), 401],
  } as const satisfies Record<string, readonly [Record<string, string>, number]>;
}

const readable = (value: unknown) => JSON.stringify(value, (_, v) => typeof v === "bigint" ? `${v}` : v);

/** Every entry of KV that names a user, but for what counts their requests. */
async function snapshot(app: TestApp, { user }: TestUser): Promise<string[]> {
  await app.deps.usage.flush();
  const lines: string[] = [];
  for await (const { key, value } of app.store.list({ prefix: [] })) {
    const line = `${readable(key)} ${readable(value)}`;
    if (line.includes(user.id) && !/usage|rate|api_key_(last_used|requests)/.test(String(key[0]))) lines.push(line);
  }
  return lines;
}

const bodyOf = (text: string, ...ids: readonly string[]) =>
  ids.reduce((shown, id) => shown.replaceAll(id, "ID"), text).replaceAll(/"\d{4}-\d\d-\d\dT[^"]+"/g, "TIME");

testRow("T12", "every operation with a key of its own × seven credentials", async (measure) => {
  const world = await OperationWorld.start();
  let tried = 0;
  try {
    const access = new Map(routeTable(world.app.deps, new Map()).map((r) => [`${r.method} ${r.path}`, r.access]));
    for (const [key, operation] of Object.entries(OPERATIONS) as [OperationKey, Operation & { id: OperationId }][]) {
      const scope = access.get(key);
      if (scope !== "read" && scope !== "write") continue;
      // A user each, since API keys a user are limited.
      const victim = await world.app.addUser(world.newName());
      const given = await OPERATION_CALLS[operation.id](world, victim);
      const app = given.app ?? world.app;
      const request = requestOf(key, operation, given, victim);
      const wrong = await wrongCredentials(app, victim, scope);
      const before = await snapshot(app, victim);
      for (const [name, [headers, status]] of Object.entries(wrong)) {
        const init = { ...request[1], headers: { ...headers } };
        // From an address each: what strangers may ask from one is limited.
        const response = await app.request(request[0], init, `10.${tried >> 16}.${(tried >> 8) & 255}.${tried & 255}`);
        const text = await response.text();
        assertEquals(response.status, status, `${key} with ${name}: ${text}`);
        assert(!text.includes(victim.user.id), `${key} with ${name} names the user`);
        tried++;
      }
      assertEquals(await snapshot(app, victim), before, `${key} changed something`);
    }
    measure(`0 leaks in ${tried} calls`);
  } finally {
    await world.close();
  }
});

/** An id of the same shape that nobody has. */
const absentOf = (id: string) => id.replace(/[0-9a-f]/g, (digit) => (15 - parseInt(digit, 16)).toString(16));

testRow("T12", "another tenant's ids look like absent ones, in answer and in KV reads", async (measure) => {
  const world = await OperationWorld.start();
  let tried = 0;
  try {
    const stranger = await world.app.addUser("stranger");
    const victim = await world.app.addUser("victim");
    for (const [key, operation] of Object.entries(OPERATIONS) as [OperationKey, Operation & { id: OperationId }][]) {
      if (!/:id/.test(key)) continue;
      const given = await OPERATION_CALLS[operation.id](world, victim);
      const id = given.parameters!.id!;
      const before = await snapshot(world.app, victim);
      const ask = async (asked: string): Promise<{ status: number; text: string; reads: number }> => {
        const [path, init] = requestOf(key, operation, { ...given, parameters: { id: asked } }, stranger);
        const reads = countReads(world.app);
        const response = await world.app.request(path, init);
        const text = bodyOf(await response.text(), asked, encodeURIComponent(asked));
        return { status: response.status, text, reads: reads.stop() };
      };
      // Now and then a call reads more, to lease requests of the quota: the least of three tells.
      const leastOf = async (asked: string) => {
        const answers = [await ask(asked), await ask(asked), await ask(asked)];
        return answers.reduce((least, answer) => answer.reads < least.reads ? answer : least);
      };
      const absent = await leastOf(absentOf(id));
      const strange = await leastOf(id);
      assertEquals(strange, absent, key);
      assertEquals(strange.status, 404, key);
      assertEquals(await snapshot(world.app, victim), before, key);
      tried++;
    }
    measure(`0 differences in ${tried} operations by id`);
  } finally {
    await world.close();
  }
});

/** Counts reads of KV until it is stopped. */
function countReads({ store }: TestApp): { stop(): number } {
  let count = 0;
  const [get, getMany, list] = [store.get, store.getMany, store.list];
  store.get = function (...args) {
    count++;
    return get.apply(store, args) as never;
  };
  store.getMany = function (...args) {
    count += args[0].length;
    return getMany.apply(store, args) as never;
  };
  store.list = function (...args) {
    count++;
    return list.apply(store, args) as never;
  };
  return {
    stop() {
      Reflect.deleteProperty(store, "list");
      Reflect.deleteProperty(store, "get");
      Reflect.deleteProperty(store, "getMany");
      return count;
    },
  };
}

testRow("T12", "ids of others in a batch are told as absent ones", async (measure) => {
  const world = await OperationWorld.start();
  try {
    const [stranger, victim] = [await world.app.addUser("stranger"), await world.app.addUser("victim")];
    const { id } = await world.picture(victim);
    const before = await snapshot(world.app, victim);
    for (
      const [what, more] of Object.entries({
        delete: {},
        restore: {},
        move: { to: "x" },
        visibility: { visibility: "private" },
      })
    ) {
      const answers = [];
      for (const asked of [id, absentOf(id)]) {
        const answer = await call(world.app, stranger, "POST", `/api/v1/images/batch/${what}`, {
          ids: [asked],
          ...more,
        });
        answers.push([answer.status, bodyOf(JSON.stringify(answer.body), asked)]);
      }
      assertEquals(answers[0], answers[1], what);
    }
    assertEquals(await snapshot(world.app, victim), before);
    measure("0 differences in 4 batches");
  } finally {
    await world.close();
  }
});

testRow(
  "T12",
  "a private picture without a link looks like an absent one, in answer and in KV reads",
  async (measure) => {
    const world = await OperationWorld.start();
    try {
      const victim = await world.app.addUser("victim");
      const { path, id } = await world.picture(victim);
      await call(world.app, victim, "PUT", `/api/v1/images/${id}/visibility`, { visibility: "private" });
      const absent = path.replace("name", "nome");
      const end = Math.floor(world.app.deps.now() / 1_000) + 600;
      const token = `aaaaaaaa.${"A".repeat(43)}`;
      const queries = [
        "",
        "?w=20",
        `?token=${token}&expires=${end}`,
        "?token=x&expires=9",
        "?w=20&token=bbbb&expires=1",
      ];
      for (const query of queries) {
        const seen = [];
        for (const asked of [path, absent, path, absent]) {
          const reads = countReads(world.app);
          const response = await world.app.request(`/i/victim/${asked}${query}`);
          const text = bodyOf(await response.text(), asked);
          seen.push({
            status: response.status,
            text,
            cache: response.headers.get("cache-control"),
            reads: reads.stop(),
          });
        }
        assertEquals(seen[2], seen[3], query);
      }
      measure(`0 differences in ${queries.length} kinds of requests`);
    } finally {
      await world.close();
    }
  },
);

testRow("T13", "unknown and privileged fields in every body", async (measure) => {
  const world = await OperationWorld.start();
  const privileged = {
    plan: "free",
    is_admin: true,
    scopes: ["read", "write", "admin"],
    user_id: "someone-else",
    owner: "someone-else",
    storage_used_bytes: 0,
    created_at: "1970-01-01T00:00:00Z",
    hash: "0".repeat(64),
    __proto__: { polluted: true },
  };
  let tried = 0;
  try {
    const access = new Map(routeTable(world.app.deps, new Map()).map((r) => [`${r.method} ${r.path}`, r.access]));
    for (const [key, operation] of Object.entries(OPERATIONS) as [OperationKey, Operation & { id: OperationId }][]) {
      if (operation.body === undefined || access.get(key) !== "write" || operation.isPro) continue;
      for (const field of Object.keys(privileged) as (keyof typeof privileged)[]) {
        const by = await world.app.addUser(world.newName());
        const given = await OPERATION_CALLS[operation.id](world, by);
        const body = { ...(given.body ?? operation.example ?? {}) as object };
        if (field in body) continue;
        const before = await world.app.deps.users.get(by.user.id);
        const [path, init] = requestOf(key, operation, { ...given, body: { ...body, [field]: privileged[field] } }, by);
        const response = await (given.app ?? world.app).request(path, init);
        const text = await response.text();
        assert(response.status < 500 || response.status === 501, `${key} with ${field}: ${response.status} ${text}`);
        const after = await world.app.deps.users.get(by.user.id);
        if (after !== null) assertEquals([after.plan, after.id], [before!.plan, before!.id], `${key} with ${field}`);
        assertEquals(({} as { polluted?: boolean }).polluted, undefined);
        tried++;
      }
    }
    measure(`0 effects of ${tried} fields`);
  } finally {
    await world.close();
  }
});
