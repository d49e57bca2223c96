/** T22: what no cache may mix up. */
import { assert, assertEquals } from "@std/assert";
import { sha256Hex } from "../../kv/ids.ts";
import type { TestApp, TestAppOptions } from "../doubles/app.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { type Served, withServed } from "../doubles/served.ts";
import { testRow } from "./test_row.ts";

const withPictures = (run: (served: Served) => Promise<void>, options: TestAppOptions) =>
  withServed(["quarters.jpg", "fading.png"], run, options);

/** A request of the mix: few pictures, many ways to ask for them. */
function randomRequest(random: ReturnType<typeof seededRandom>): { path: string; accept: string } {
  const params = [
    `w=${random.pick([8, 9, 10])}`,
    random.pick(["", "fit=cover&h=8", "grayscale=1"]),
    `u=${random.integer(0, 99)}`,
  ];
  const query = params.filter((part) => part !== "").sort(() => random.integer(-1, 1)).join("&");
  const weight = () => random.pick(["", "", ";q=0.5", ";q=0.9", ";q=0"]);
  const types = ["image/webp", "image/avif", "image/jpeg", "image/png", "image/*", "*/*", "text/html"];
  const accept = Array.from({ length: random.integer(1, 4) }, () => random.pick(types) + weight()).join(",");
  return {
    path: `/i/john/${random.pick(["quarters", "quarters.auto", "fading", "quarters.webp", "fading.png"])}?${query}`,
    accept,
  };
}

async function fingerprint(app: TestApp, { path, accept }: { path: string; accept: string }): Promise<string> {
  const response = await app.request(path, { headers: { accept } });
  const names = ["content-type", "vary", "content-location", "etag", "cache-control"];
  const said = names.map((name) => response.headers.get(name)).join(" | ");
  return `${response.status} ${said} ${await sha256Hex(await response.bytes())}`;
}

testRow("T22", "1,000 random requests at once, against a cold server", async (measure) => {
  const random = seededRandom(22);
  const requests = Array.from({ length: 1_000 }, () => randomRequest(random));
  const warm: string[] = [];
  await withPictures(async ({ app }) => {
    warm.push(...await Promise.all(requests.map((request) => fingerprint(app, request))));
  }, { pool: { queueMax: 1_000 } });
  // No memory, no store: each is made anew unless it is the same request.
  await withPictures(async ({ app }) => {
    const cold = new Map<string, string>();
    for (const [at, request] of requests.entries()) {
      const [, type] = / (image\/\w+) /.exec(warm[at]!) ?? [];
      const name = `${request.path.replace(/&?u=\d+/, "")} ${type}`;
      if (cold.has(name)) continue;
      const got = await fingerprint(app, request);
      cold.set(name, got);
      assertEquals(warm[at], got, `${request.path} ${request.accept}`);
    }
    assert(cold.size > 30, `only ${cold.size} different ones`);
    measure(`${requests.length} at once, ${cold.size} different ones: each as a cold server's, bytes and headers`);
    for (const [at, request] of requests.entries()) {
      if (at % 10 === 0) assertEquals(warm[at], await fingerprint(app, request), `${request.path} ${request.accept}`);
    }
  }, { env: { MEMORY_CACHE_BYTES: "0" } });
});
