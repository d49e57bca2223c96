/** T1 to T5, T7, T8, F12: files from strangers through the real endpoints, neighbours watched meanwhile. */
import { assert, assertEquals } from "@std/assert";
import { startWatchdog } from "../../codec/watchdog.ts";
import type { PoolEvent } from "../../codec/pool.ts";
import { type CorpusFile, readManifest } from "../corpus/manifest.ts";
import { errorOf, fixture, spawnWarmProcess, startTestApp, type TestApp, type TestUser } from "../doubles/app.ts";
import { withFolder } from "../doubles/server.ts";
import { decodePicture } from "../doubles/decode.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { corpusBytes, percentile, runOverHttp } from "./corpus_over_http.ts";
import { testRow } from "./test_row.ts";

const files = await readManifest();
if (files === null) console.log("Skipped: there is no corpus at ../shared/corpus");
const ignore = files === null;
const EVERY_FILE = Deno.env.get("SOAK") === "1";

const DOCUMENTED = new Set([201, 400]);
const WAITS = new Set([503, 504]);

/** As the product is configured, with events kept. */
async function withApp(run: (app: TestApp, john: TestUser, mary: TestUser, events: PoolEvent[]) => Promise<void>) {
  const events: PoolEvent[] = [];
  await withFolder(async (folder) => {
    const watchdog = startWatchdog(`${folder}/codec-pids`);
    const app = await startTestApp({
      env: { QUOTAS: "off" },
      pool: {
        spawn: () => spawnWarmProcess(watchdog),
        deadlineMs: 20_000,
        queueTimeoutMs: 120_000,
        onEvent: (event) => events.push(event),
      },
    });
    try {
      await run(app, await app.addUser("john"), await app.addUser("mary"), events);
    } finally {
      await app.close();
      await watchdog.close();
    }
  });
}

/** Between two of the neighbour's requests, and of how many the quiet figure is. */
const [NEIGHBOUR_PAUSE_MS, QUIET_REQUESTS] = [30, 100];

/** A neighbour who asks for one miss after the other, until stopped; alone at first, and just so. */
async function neighbour(app: TestApp, mary: TestUser) {
  await app.upload(mary, await fixture("sample.jpg"), "s.jpg", { path: "s.jpg" });
  let width = 16;
  const times: number[] = [];
  const ask = async () => {
    const start = performance.now();
    const made = await app.request(`/i/mary/s.webp?w=${width++ % 600 + 16}`);
    await made.body?.cancel();
    times.push(performance.now() - start);
    assertEquals(made.status, 200);
    await new Promise((resolve) => setTimeout(resolve, NEIGHBOUR_PAUSE_MS));
  };
  for (let n = 0; n < QUIET_REQUESTS; n++) await ask();
  const quiet = percentile(times.splice(0), 0.99);
  let isOn = true;
  const running = (async () => {
    while (isOn) await ask();
  })();
  return {
    async stop() {
      isOn = false;
      await running;
      const busy = percentile(times, 0.99);
      const ratio = (busy / quiet).toFixed(1);
      return `a neighbour's misses: p99 ${Math.round(quiet)} ms quiet, ${Math.round(busy)} ms beside, ratio ${ratio} ` +
        `(${QUIET_REQUESTS} and ${times.length} asked)`;
    },
  };
}

const chosen = (files ?? []).filter(({ expected }, n) => EVERY_FILE || expected !== "valid" || n % 10 === 0);

testRow("T5", "the corpus through upload and delivery, eight at once, with a neighbour", async (measure) => {
  await withApp(async (app, john, mary, events) => {
    const beside = await neighbour(app, mary);
    const outcomes = await runOverHttp(app, john, chosen);
    const told = await beside.stop();
    for (const { file, uploaded, delivered } of outcomes) {
      const shown = `${file.path} (${file.expected}): ${uploaded}, then ${delivered}`;
      assert(DOCUMENTED.has(uploaded) || WAITS.has(uploaded), shown);
      assert(delivered === null || delivered === 200 || delivered === 422 || WAITS.has(delivered), shown);
    }
    assertEquals(events.filter(({ kind }) => kind === "crashed" || kind === "spawn_failed"), []);
    const taken = outcomes.filter(({ delivered }) => delivered === 200).length;
    const slow = outcomes.filter(({ uploaded, delivered }) => WAITS.has(uploaded) || WAITS.has(delivered ?? 0)).length;
    const whole = await app.request("/i/mary/s.png?w=33");
    await whole.body?.cancel();
    assertEquals([whole.status, app.deps.pool.stats.queued], [200, 0]);
    measure(`${outcomes.length} files: ${taken} taken, ${slow} answered 503 or 504, 0 exits, 0 other 5xx`);
    measure(told);
  });
}, { ignore });

const named = (part: RegExp) => (files ?? []).filter(({ path }) => part.test(path));

/** A bomb each: its upload alone, then a neighbour's request. */
async function bombs(chosen: readonly CorpusFile[], measure: (figure: string) => void): Promise<void> {
  await withApp(async (app, john, _mary, events) => {
    let slowest = 0;
    for (const file of chosen) {
      const start = performance.now();
      const ending = file.path.split(".").at(-1)!;
      const upload = await app.upload(john, await corpusBytes(file), `b.${ending}`, { path: `b/${slowest}.${ending}` });
      const ms = performance.now() - start;
      slowest = Math.max(slowest, Math.round(ms));
      const shown = `${file.path} → ${upload.status} ${await upload.clone().text()}`;
      assert(upload.status === 201 || upload.status === 400 || upload.status === 504, shown);
      if (upload.status !== 201) await errorOf(upload);
      else {
        const { id } = await upload.json();
        const record = (await app.deps.images.get(john.user.id, id))!;
        const path = record.paths[0]!.replace(/\.[^.]+$/, ".webp?w=64");
        const picture = await app.request(`/i/john/${path}`);
        await picture.body?.cancel();
        assert([200, 422, 504].includes(picture.status), `${file.path} → ${picture.status}`);
      }
    }
    assertEquals(events.filter(({ kind }) => kind === "crashed" || kind === "spawn_failed"), []);
    measure(`${chosen.length} bombs, 0 exits, 0 other 5xx; slowest upload ${slowest} ms`);
  });
}

testRow("T1", "pixel bombs", (measure) => bombs(named(/^bombs\/.*(Mpx|hdr|huge|lie|16383|9000|20000)/), measure), {
  ignore,
});
testRow("T2", "animation bombs", (measure) => bombs(named(/^bombs\/(apng|gif)/), measure), { ignore });
testRow("T3", "CPU bombs", (measure) => bombs(named(/^bombs\/svg|many_scans|splines|large_toc/), measure), { ignore });
testRow(
  "T4",
  "metadata bombs",
  (measure) => bombs(named(/^bombs\/.*(itxt|chunks|ifd-loop)|iccp|exif-ifd/i), measure),
  { ignore },
);

/** How long the poisonous file comes, and how many at once: some hundred of the neighbour's requests. */
const [POISONED_MS, POISONERS] = [4_000, 8];

testRow("F12", "the same poisonous file again and again, with a neighbour", async (measure) => {
  await withApp(async (app, john, mary) => {
    const beside = await neighbour(app, mary);
    const bytes = await corpusBytes({ path: "bombs/svg-use-bomb.svg" });
    const statuses = new Map<number, number>();
    const send = async () => {
      const { status, body } = await app.upload(john, bytes, "x.svg");
      await body?.cancel();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    const start = performance.now();
    while (performance.now() - start < POISONED_MS) await Promise.all(Array.from({ length: POISONERS }, send));
    const told = await beside.stop();
    for (const status of statuses.keys()) assert([201, 400, 503, 504].includes(status), `${status}`);
    measure(`statuses ${[...statuses].map(([s, n]) => `${n} × ${s}`).join(", ")}`);
    measure(told);
  });
}, { ignore });

testRow("T7", "a noise picture, then cut files, in one and the same process", async (measure) => {
  const app = await startTestApp({ env: { QUOTAS: "off" }, pool: { size: 1 } });
  try {
    const [john, mary] = [await app.addUser("john"), await app.addUser("mary")];
    const random = seededRandom(77);
    const secret = pnm(160, 120, () => random.integer(0, 255));
    const pixels = secret.subarray(secret.length - 160 * 120 * 3);
    const runs = new Set<string>();
    for (let at = 0; at + 16 <= pixels.length; at++) runs.add(keyOf(pixels.subarray(at, at + 16)));
    await app.upload(john, secret, "secret.ppm", { path: "secret.ppm" });
    let looked = 0;
    for (const ext of ["png", "webp", "jpg", "avif"]) {
      await (await app.request(`/i/john/secret.${ext}`)).body?.cancel();
      for (const name of ["quarters.png", "sample.jpg"]) {
        const whole = await fixture(name);
        for (const share of [0.55, 0.75, 0.95]) {
          const cut = whole.slice(0, Math.floor(whole.length * share));
          const path = `${ext}-${share}-${name}`;
          const upload = await app.upload(mary, cut, path, { path });
          await upload.body?.cancel();
          if (upload.status !== 201) continue;
          const picture = await app.request(`/i/mary/${path.replace(/\.[^.]+$/, ".png")}?q=100&w=160`);
          if (picture.status !== 200) {
            await picture.body?.cancel();
            continue;
          }
          const { data } = await decodePicture("png", new Uint8Array(await picture.arrayBuffer()));
          const rgb = new Uint8Array(data.length / 4 * 3);
          for (let p = 0; p < data.length / 4; p++) rgb.set(data.subarray(p * 4, p * 4 + 3), p * 3);
          for (let at = 0; at + 16 <= rgb.length; at++) {
            assert(!runs.has(keyOf(rgb.subarray(at, at + 16))), `${path} shows the secret at ${at}`);
          }
          looked++;
        }
      }
    }
    assert(looked > 0);
    measure(`0 runs of 16 bytes in ${looked} pictures of cut files`);
  } finally {
    await app.close();
  }
});

const keyOf = (bytes: ArrayLike<number>) => String.fromCharCode(...Array.from(bytes));

/** A PPM of pixels. */
function pnm(width: number, height: number, value: () => number): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`P6 ${width} ${height} 255\n`);
  const out = new Uint8Array(head.length + width * height * 3);
  out.set(head);
  for (let at = head.length; at < out.length; at++) out[at] = value();
  return out;
}

testRow("T8", "wrong endings, wrong types, polyglots", async (measure) => {
  await withApp(async (app, john) => {
    const html = new TextEncoder().encode("<html><script>alert(1)</script></html>");
    const png = await fixture("quarters.png");
    const jpeg = await fixture("sample.jpg");
    const join = (a: Uint8Array, b: Uint8Array) => Uint8Array.from([...a, ...b]);
    const cases = [
      ["a PNG called .jpg", png, "a.jpg", 201],
      ["a JPEG called .png", jpeg, "b.png", 201],
      ["HTML called .png", html, "c.png", 400],
      ["HTML before a PNG", join(html, png), "d.png", 400],
      ["a PNG with HTML behind it", join(png, html), "e.png", 201],
      ["a JPEG with HTML behind it", join(jpeg, html), "f.jpg", 201],
    ] as const;
    for (const [name, bytes, filename, status] of cases) {
      const upload = await app.upload(john, bytes as Uint8Array<ArrayBuffer>, filename, { path: filename });
      assertEquals(upload.status, status, `${name}: ${await upload.clone().text()}`);
      if (status !== 201) {
        assertEquals((await errorOf(upload)).code, "INVALID_FILE");
        continue;
      }
      await upload.body?.cancel();
      const stem = filename.split(".")[0];
      const original = await app.request(`/i/john/${filename}`);
      assertEquals(original.headers.get("x-content-type-options"), "nosniff");
      assert(/^image\//.test(original.headers.get("content-type")!), name);
      await original.body?.cancel();
      const derived = await app.request(`/i/john/${stem}.webp?w=50`);
      const text = new TextDecoder("latin1").decode(await derived.arrayBuffer());
      assert(derived.status === 200 && !text.includes("alert(1)"), name);
    }
    measure(`${cases.length} files: kind by bytes, nothing trailing in 4 derivatives`);
  });
});
