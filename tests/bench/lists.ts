/**
 * Part 5: lists, searches and uploads of a user with 100,000 images, beside one with 100, over HTTP.
 *
 * @module
 */
import { ApiKeys } from "../../kv/api_keys.ts";
import type { UserId, UserName } from "../../kv/ids.ts";
import { Store } from "../../kv/store.ts";
import { Users } from "../../kv/users.ts";
import { seedImages } from "../doubles/many_images.ts";
import { type Child, startChild, temporaryFolder } from "./children.ts";
import { median, quantile } from "./stats.ts";
import { fixed, type Section } from "./table.ts";

/** How much is measured. */
export interface ListOptions {
  readonly images: number;
  readonly rounds: number;
}

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const FIXTURE = new URL("../fixtures/files/quarters.jpg", import.meta.url);
const PERMISSIONS = ["net", "read", "write", "env", "sys", "run"].map((name) => `--allow-${name}`);
const FEW = 100;

interface Owner {
  readonly id: UserId;
  readonly key: string;
}

async function seed(dataDir: string, images: number): Promise<{ many: Owner; few: Owner }> {
  await Deno.mkdir(dataDir, { recursive: true });
  const kv = await Deno.openKv(`${dataDir}/kv.sqlite3`);
  const store = new Store(kv, { sleep: (ms) => new Promise((r) => setTimeout(r, ms)), random: Math.random });
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const deps = { now: Date.now, randomBytes, newUuid: () => crypto.randomUUID() };
  const make = async (name: string, count: number): Promise<Owner> => {
    const { id } = (await new Users(store, deps).create(name as UserName, null, "pro"))!;
    const wanted = { name: "bench", scopes: ["read", "write"], expiresAtMs: null } as const;
    const { key } = await new ApiKeys(store, deps).create(id, wanted);
    await seedImages(store, id, count);
    return { id, key };
  };
  const owners = { many: await make("many", images), few: await make("few", FEW) };
  store.close();
  return owners;
}

function start(folder: string, dataDir: string): Promise<Child> {
  const env = { DATA_DIR: dataDir, PORT: "0", LOG_FORMAT: "json", QUOTAS: "off" };
  const command = [Deno.execPath(), "run", "--no-prompt", ...PERMISSIONS, MAIN];
  return startChild(command, `${folder}/server.log`, env, async () => {
    return JSON.parse(await Deno.readTextFile(`${dataDir}/server.json`)).url as string;
  });
}

async function timed(url: string, init: RequestInit, status: number): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url, init);
  const body = await response.text();
  const ms = performance.now() - startedAt;
  if (response.status !== status) throw new Error(`${url} answered ${response.status}: ${body.slice(0, 200)}`);
  return ms;
}

/** What is asked, as path and query; offsets from both ends and the middle. */
function questions(images: number): Record<string, readonly string[]> {
  const offsets = [0, Math.floor(images / 2), images - 50];
  const inFolder = offsets.map((offset) => Math.floor(offset / 10));
  const list = (query: string) => `/api/v1/images?${query}`;
  const bySort = ["newest", "oldest", "name", "size"].map((sort): [string, string[]] => [
    `list, ${sort}, any offset`,
    offsets.map((offset) => list(`sort=${sort}&offset=${offset}&limit=50`)),
  ]);
  return {
    ...Object.fromEntries(bySort),
    "list of a folder with a tenth, newest, any offset": inFolder.map((o) => list(`path=2020&offset=${o}&limit=50`)),
    "list of a folder with a tenth, name, any offset": inFolder.map((o) => list(`path=2020&sort=name&offset=${o}`)),
    "list of an album": [list("path=2020/album%207&sort=size&limit=100")],
    "list without subfolders": [list("recursive=false")],
    "search, one hit": ["/api/v1/images/search?q=IMG%20" + String(Math.floor(images / 2) + 3)],
    "search, a tenth, last page": [`/api/v1/images/search?q=zurich&offset=${Math.floor(images / 10) - 20}`],
    "search, none": ["/api/v1/images/search?q=nothing-like-it"],
  };
}

async function ask(server: Child, owner: Owner, paths: readonly string[], rounds: number): Promise<number[]> {
  const headers = { authorization: `Bearer ${owner.key}` };
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) times.push(await timed(`${server.origin}${path}`, { headers }, 200));
  }
  return times;
}

async function upload(server: Child, owner: Owner, bytes: Uint8Array<ArrayBuffer>, n: number): Promise<number> {
  const body = new FormData();
  const salt = new TextEncoder().encode(`${owner.id} ${n}`);
  body.set("file", new File([bytes, salt], `upload ${n}.jpg`));
  body.set("path", "uploads");
  const headers = { authorization: `Bearer ${owner.key}` };
  return await timed(`${server.origin}/api/v1/images`, { method: "POST", headers, body }, 201);
}

async function uploads(server: Child, owners: { many: Owner; few: Owner }, rounds: number) {
  const bytes = await Deno.readFile(FIXTURE);
  const [many, few]: [number[], number[]] = [[], []];
  for (let n = 0; n < rounds; n++) {
    const runs = [
      async () => many.push(await upload(server, owners.many, bytes, n)),
      async () => few.push(await upload(server, owners.few, bytes, n)),
    ];
    for (const run of n % 2 === 0 ? runs : runs.toReversed()) await run();
  }
  return { many, few, more: many.map((ms, at) => ms - few[at]!) };
}

/** Lists, searches and uploads. */
export async function benchLists(options: ListOptions): Promise<Section[]> {
  await using folder = await temporaryFolder();
  const dataDir = `${folder.path}/data`;
  console.error(`lists: writing ${options.images} images`);
  const owners = await seed(dataDir, options.images);
  const server = await start(folder.path, dataDir);
  try {
    const first = await timed(`${server.origin}/api/v1/images`, {
      headers: { authorization: `Bearer ${owners.many.key}` },
    }, 200);
    const rows: string[][] = [["first list after a start", fixed(first), "–", "–"]];
    for (const [name, paths] of Object.entries(questions(options.images))) {
      const times = await ask(server, owners.many, paths, options.rounds);
      const few = await ask(server, owners.few, paths, options.rounds);
      rows.push([name, fixed(median(times)), fixed(quantile(times, 0.95)), fixed(median(few))]);
    }
    const { many, few, more } = await uploads(server, owners, options.rounds * 2);
    rows.push(["upload", fixed(median(many)), fixed(quantile(many, 0.95)), fixed(median(few))]);
    rows.push(["upload, more than with 100", fixed(median(more)), "–", "–"]);
    const notes = [
      `One user with ${options.images} images in ${
        10 * 40
      } folders, one with ${FEW}; real server over HTTP on one machine`,
      "Milliseconds of whole requests, authentication and JSON included; offsets: start, middle, end",
    ];
    const header = ["request", "median ms", "p95 ms", `median ms with ${FEW}`];
    return [{ title: "Lists and search at size", notes, header, rows }];
  } finally {
    await server.stop();
  }
}
