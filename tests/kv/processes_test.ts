import { assert, assertEquals } from "@std/assert";
import { parseImagePath } from "../../kv/ids.ts";
import { Images } from "../../kv/images.ts";
import { ImageLists } from "../../kv/image_lists.ts";
import { usageKey } from "../../kv/keys.ts";
import { PLANS } from "../../kv/plans.ts";
import { Store, toCount } from "../../kv/store.ts";
import { DERIVATIVES, RATE, type Spent, UPLOADS } from "../doubles/spender.ts";
import { checkBooks } from "../doubles/derivative_books.ts";
import { PATIENT_STORE, START_MS, testRecord, testUserId } from "../doubles/state.ts";

const PROCESSES = 3;
const SPENDER = new URL("../doubles/spender.ts", import.meta.url).pathname;
const LEFT = 50;

async function spend(file: string, number: number): Promise<Spent> {
  const args = ["run", "--no-prompt", "--no-check", "--allow-all", SPENDER, file, String(number)];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("quotas and rates hold when three processes spend from one KV file at once", async () => {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  const file = `${folder}/kv.sqlite3`;
  const store = new Store(await Deno.openKv(file), PATIENT_STORE);
  const user = testUserId(1);
  const { transformations, api_requests } = PLANS.free.limits;
  const set = async (metric: "transformations" | "api_requests", count: number) =>
    void await store.commit(store.atomic().set(usageKey(user, "2026-01", metric), new Deno.KvU64(BigInt(count))));
  await set("transformations", transformations! - LEFT);
  await set("api_requests", api_requests! - LEFT);
  const images = new Images(store, () => START_MS);
  const record = testRecord(testUserId(2), 1);
  await images.add(record.user, record.id, parseImagePath("1.jpg"), record, null);
  const all = await Promise.all(Array.from({ length: PROCESSES }, (_, n) => spend(file, n)));
  const sum = (of: keyof Spent) => all.reduce((total, spent) => total + spent[of], 0);
  assertEquals([sum("uploads"), sum("transformations")], [UPLOADS, LEFT]);
  assertEquals([sum("derivatives"), (await checkBooks(store, DERIVATIVES)).length], [DERIVATIVES, DERIVATIVES]);
  const paid = await store.get<Deno.KvU64>(usageKey(record.user, "2026-01", "transformations"));
  assertEquals(toCount(paid), DERIVATIVES);
  // Blocks of another process are out of reach while it holds them.
  assert(sum("requests") <= LEFT && sum("requests") >= 0.8 * LEFT, `${sum("requests")} requests`);
  assert(sum("rate") <= RATE && sum("rate") >= 0.95 * RATE, `${sum("rate")} of the rate`);
  const counted = await store.get<Deno.KvU64>(usageKey(user, "2026-01", "api_requests"));
  assertEquals(toCount(counted), api_requests! - LEFT + sum("requests"));
  const query = { sort: "name", folder: null, recursive: true, also: null, offset: 0, limit: 99, after: null } as const;
  const listed = await new ImageLists(store, images, 2 ** 20).page(user, query);
  assertEquals([listed.total, listed.images.length, (await images.all(user)).length], [UPLOADS, UPLOADS, UPLOADS]);
  store.close();
  await Deno.remove(folder, { recursive: true });
});
