/** T10, T11: what strangers' files and requests could make the server open, or connect to. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { JwksCache } from "../../kv/jwks_cache.ts";
import { type OperationKey, OPERATIONS } from "../../routes/api/v1/_operations.ts";
import type { Operation } from "../../routes/api/v1/_operations/operation.ts";
import { tagEdge } from "../../routes/_services/edge_adapters.ts";
import { RemoteKeys } from "../../routes/_services/jwks.ts";
import { readManifest } from "../corpus/manifest.ts";
import { codecPids, statusOf, uploadTo } from "../doubles/client.ts";
import { OPERATION_CALLS, type OperationId, OperationWorld, requestOf } from "../doubles/operations.ts";
import { startServer, withFolder } from "../doubles/server.ts";
import { openState } from "../doubles/state.ts";
import { HAS_STRACE, traceProcesses } from "../doubles/strace.ts";
import { corpusBytes } from "./corpus_over_http.ts";
import { testRow } from "./test_row.ts";

/** Counts whoever connects. */
function startCanary() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const accepting = (async () => {
    for await (const conn of listener) {
      connections++;
      conn.close();
    }
  })();
  return {
    port: listener.addr.port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting.catch(() => {});
    },
  };
}

const SECRET = "file:///etc/passwd";

/** Every way out of an SVG that its standards know. */
const waysOut = (url: string): Record<string, string> => ({
  image: `<image width="9" height="9" href="${url}/a.png"/>`,
  xlink: `<image width="9" height="9" xlink:href="${url}/a.png"/>`,
  file: `<image width="9" height="9" href="${SECRET}"/>`,
  relative: `<image width="9" height="9" href="../../../../etc/passwd"/>`,
  use: `<use href="${url}/a.svg#a"/>`,
  useFile: `<use href="${SECRET}#a"/>`,
  style:
    `<style>@import url("${url}/a.css"); @font-face{font-family:f;src:url(${url}/f.ttf)}</style><text font-family="f">a</text>`,
  fill: `<rect width="9" height="9" fill="url(${url}/a.svg#p)"/>`,
  filter: `<filter id="f"><feImage href="${url}/a.png"/></filter><rect width="9" height="9" filter="url(#f)"/>`,
  feImageFile: `<filter id="f"><feImage href="${SECRET}"/></filter><rect width="9" height="9" filter="url(#f)"/>`,
  mask: `<rect width="9" height="9" mask="url(${url}/a.svg#m)"/>`,
  foreign:
    `<foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="${url}"/></foreignObject>`,
  script: `<script href="${url}/a.js"/>`,
  nested: `<image width="9" height="9" href="data:image/svg+xml,${
    encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}/b.png"/></svg>`)
  }"/>`,
});
/** What stands before the root. */
const prologues = (url: string): Record<string, string> => ({
  entity: `<!DOCTYPE svg [<!ENTITY a SYSTEM "${SECRET}">]>`,
  remoteEntity: `<!DOCTYPE svg [<!ENTITY % a SYSTEM "${url}/a.dtd"> %a;]>`,
  remoteDtd: `<!DOCTYPE svg SYSTEM "${url}/a.dtd">`,
  stylesheet: `<?xml-stylesheet href="${url}/a.css"?>`,
});

function hostileSvgs(url: string): Map<string, string> {
  const root = (inside: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="20" height="20">` +
    `<rect width="5" height="5"/>${inside}</svg>`;
  return new Map([
    ...Object.entries(waysOut(url)).map(([name, inside]) => [name, root(inside)] as const),
    ...Object.entries(prologues(url)).map(([name, head]) => [name, `${head}${root("<text>&a;</text>")}`] as const),
  ]);
}

async function hostileFiles(url: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map(
    [...hostileSvgs(url)].map(([name, text]) => [name, new TextEncoder().encode(text)] as const),
  );
  for (const file of await readManifest() ?? []) {
    if (/^bombs\/svg-(xxe|image)/.test(file.path)) files.set(file.path.replaceAll(/\W/g, "-"), await corpusBytes(file));
  }
  return files;
}

testRow("T10", "every way out of an SVG, the kernel watched", async (measure) => {
  await using canary = startCanary();
  await withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    // Without the gate, which is a connection of the server's own.
    const server = await startServer({ DATA_DIR: dataDir, GATE: "off", QUOTAS: "off" });
    const key = await Deno.readTextFile(`${dataDir}/first-key`);
    const files = await hostileFiles(`http://127.0.0.1:${canary.port}`);
    // The first picture of each format opens what Deno loads late.
    await statusOf(`${server.url}/health`);
    await (await uploadTo(server, key, new TextEncoder().encode(hostileSvgs("x:").get("fill")!), "w.svg")).body
      ?.cancel();
    await statusOf(`${server.url}/i/owner/w.webp?w=19`);
    const codecs = await codecPids(dataDir);
    const trace = await traceProcesses([server.pid, ...codecs], "connect,open,openat,openat2");
    const seen = new Map<string, number>();
    for (const [name, bytes] of files) {
      const upload = await uploadTo(server, key, bytes, `${name}.svg`);
      const text = await upload.text();
      assert(upload.status === 201 || upload.status === 400, `${name}: ${upload.status} ${text}`);
      seen.set(String(upload.status), (seen.get(String(upload.status)) ?? 0) + 1);
      if (upload.status !== 201) continue;
      const picture = await fetch(`${server.url}/i/owner/${name}.webp?w=19`);
      await picture.body?.cancel();
      assert([200, 422].includes(picture.status), `${name}: ${picture.status}`);
    }
    const calls = await trace.stop();
    server.signal("SIGTERM");
    await server.ended;
    assertEquals(calls.filter(({ name }) => name === "connect").map(({ text }) => text), []);
    const threads = new Set(codecs);
    const opened = calls.filter(({ name }) => name !== "connect").map(({ pid, text }) => ({
      isCodec: threads.has(pid),
      path: /"([^"]*)"/.exec(text)?.[1] ?? "",
    }));
    assert(opened.some(({ path }) => path.startsWith(dataDir)), "the trace sees what the server opens");
    const own = (path: string) => /^\/(proc|sys)\//.test(path) || path.startsWith(dataDir);
    assertEquals(opened.filter(({ path }) => !own(path)).map(({ path }) => path), []);
    assertEquals(opened.filter(({ isCodec, path }) => isCodec && !/^\/(proc|sys)\//.test(path)), []);
    assertEquals(canary.connections, 0);
    measure(
      `${files.size} files (${[...seen].map(([status, n]) => `${n} × ${status}`).join(", ")}): 0 connections, ` +
        `0 files opened beside the server's own (${opened.length} opened, all in its data or /proc)`,
    );
  });
}, { ignore: !HAS_STRACE });

/** Spellings of this machine and its neighbours that filters of names miss. */
const addresses = (port: number): string[] => [
  `http://127.0.0.1:${port}/`,
  `http://localhost:${port}/`,
  `http://[::1]:${port}/`,
  `http://[::ffff:127.0.0.1]:${port}/`,
  `http://0.0.0.0:${port}/`,
  `http://2130706433:${port}/`,
  `http://0177.0.0.1:${port}/`,
  `http://127.1:${port}/`,
  `http://169.254.169.254/latest/meta-data/`,
  SECRET,
];

/** The value with each of its texts replaced, one at a time. */
function* poisoned(value: unknown, text: string): Generator<unknown> {
  if (typeof value === "string") yield text;
  else if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) for (const bad of poisoned(one, text)) yield value.with(at, bad);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, one] of Object.entries(value)) {
      for (const bad of poisoned(one, text)) yield { ...value, [name]: bad };
    }
  }
}

testRow("T11", "addresses in every text of every body: nobody is asked for them", async (measure) => {
  await using canary = startCanary();
  const world = await OperationWorld.start();
  const asked: string[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (input) => {
    asked.push(String(input));
    return Promise.reject(new TypeError("No network in this test"));
  };
  let sent = 0;
  try {
    const targets = addresses(canary.port);
    for (const [key, operation] of Object.entries(OPERATIONS) as [OperationKey, Operation & { id: OperationId }][]) {
      if (operation.body === undefined) continue;
      const by = await world.app.addUser(world.newName());
      const given = await OPERATION_CALLS[operation.id](world, by);
      const good = given.body ?? operation.example ?? {};
      const bodies = [...poisoned(good, ""), { url: "", source: "", callback_url: "", webhook: "" }];
      for (const at of bodies.keys()) {
        const target = targets[sent % targets.length]!;
        const body = [...poisoned(good, target)][at] ?? { ...good, url: target, source: target, callback_url: target };
        const [path, init] = requestOf(key, operation, { ...given, body }, by);
        const response = await (given.app ?? world.app).request(path, init);
        await response.body?.cancel();
        assert(
          response.status < 500 || response.status === 501 || response.status === 502,
          `${key} ${response.status}`,
        );
        sent++;
      }
    }
    await world.app.settled();
    const outside = [...asked, ...world.stripe.calls.map(({ path }) => path)].filter((url) =>
      targets.some((target) => url.includes(target))
    );
    assertEquals([asked, outside, canary.connections], [[], [], 0]);
    measure(`${sent} bodies with addresses of ${targets.length} kinds: 0 requests out`);
  } finally {
    globalThis.fetch = real;
    await world.close();
  }
});

testRow("T11", "no redirect of a key set or of a purge is followed", async (measure) => {
  await using canary = startCanary();
  let redirects = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    redirects++;
    return Response.redirect(`http://127.0.0.1:${canary.port}/`, 302);
  });
  try {
    using open = await openState();
    const url = `http://127.0.0.1:${server.addr.port}/jwks.json`;
    const deps = { now: Date.now, fetch: (url: string, init: RequestInit) => fetch(url, init) };
    const keys = new RemoteKeys(url, { ...deps, cache: new JwksCache(open.store, Date.now) });
    await assertRejects(() => keys.find("key-1"));
    const log = { info: () => {}, error: () => {} };
    const edge = tagEdge({ url, token: "secret", tagsPerCall: 9 }, { ...deps, log });
    assertEquals(await edge.purge(["a"]), "failed");
    assertEquals(canary.connections, 0);
    assert(redirects >= 2);
    measure(`${redirects} redirects to a private address: 0 followed`);
  } finally {
    await server.shutdown();
  }
});
