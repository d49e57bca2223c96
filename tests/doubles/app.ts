/**
 * The whole program in process, on a KV and blobs in memory, with real codec processes.
 *
 * @module
 */
import { CodecPool, type CodecPoolOptions, type CodecProcess } from "../../codec/pool.ts";
import { type ProcessRegistry, spawnCodecProcess } from "../../codec/spawn.ts";
import type { Blobs } from "../../kv/blobs/blobs.ts";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import type { UserName } from "../../kv/ids.ts";
import { join } from "../../kv/instances.ts";
import { BEAT_MS } from "../../kv/peers.ts";
import { Passwords } from "../../kv/passwords.ts";
import type { PlanName, Scope, UserRecord } from "../../kv/records.ts";
import { releasedAt } from "../../kv/release.ts";
import { forgetHere, makeState } from "../../kv/state.ts";
import type { Store } from "../../kv/store.ts";
import { Turns } from "../../kv/turns.ts";
import { Metrics } from "../../routes/_metrics/metrics.ts";
import { Observer } from "../../routes/_metrics/observer.ts";
import { observedBlobs, observedPool, ObservedStore } from "../../routes/_metrics/seams.ts";
import { AttemptLimit, PASSWORD_BOUNDS, SIGN_UP_BOUNDS } from "../../routes/_services/attempt_limit.ts";
import { type EdgePurge, NO_EDGE } from "../../routes/_services/edge_purge.ts";
import { Readiness } from "../../routes/_services/readiness.ts";
import { signInParts } from "../../routes/_services/sign_in_parts.ts";
import { StripeGate } from "../../routes/_services/stripe.ts";
import { SingleFlight } from "../../routes/_services/single_flight.ts";
import { createApp } from "../../routes/app.ts";
import { type Config, loadConfig } from "../../routes/config.ts";
import type { Deps } from "../../routes/deps.ts";
import { PATIENT_STORE, runningClock, sleep } from "./state.ts";

/** Where the app thinks it is. */
export const ORIGIN = "http://localhost:8000";
/** A derivative that was made is stored in less. */
const STORING_MS = 30_000;
/** The token that the app under test takes for administration. */
export const ADMIN_TOKEN = "test-admin-token";

/** A user of the app under test, with a key. */
export interface TestUser {
  readonly user: UserRecord;
  readonly key: string;
  /** Ready for `headers`. */
  readonly auth: { readonly authorization: string };
}

/** The app under test. */
export interface TestApp {
  readonly deps: Deps;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly logged: Record<string, unknown>[];
  /** Derivatives made so far. */
  transforms(): number;
  /** Requests a path (or an absolute URL). */
  request(path: string, init?: RequestInit, remoteAddress?: string): Promise<Response>;
  addUser(name: string, plan?: PlanName, scopes?: readonly Scope[]): Promise<TestUser>;
  /** Uploads as a client does. */
  upload(by: TestUser, file: Uint8Array<ArrayBuffer>, name: string, fields?: Record<string, string>): Promise<Response>;
  /** Waits for what goes on after answers. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What a test may choose. */
export interface TestAppOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A pool of the app's own; by default all apps of a test file share one. */
  readonly pool?: Partial<CodecPoolOptions>;
  readonly blobs?: Blobs;
  /** A store that other apps use, too: each is an instance of one service then. Not closed with the app. */
  readonly store?: Store;
  readonly edge?: EdgePurge;
  /** Default {@linkcode runningClock}, so that no test runs into the end of a day or a month. */
  readonly now?: () => number;
  /** Default "1". */
  readonly release?: string;
  /** Default never. */
  readonly isDraining?: () => boolean;
  /** The outside world; none by default. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

const noFetch = (url: string) => Promise.reject(new TypeError(`No network in tests: ${url}`));

const childEnvironment = () =>
  Object.fromEntries(["HOME", "DENO_DIR", "PATH"].flatMap((n) => {
    const value = Deno.env.get(n);
    return value === undefined ? [] : [[n, value]];
  }));

/** Starts a real codec process that takes test jobs too. */
export function spawnTestProcess(): CodecProcess {
  const registry = { born: () => {}, died: () => {} };
  return spawnCodecProcess({ denoPath: Deno.execPath(), env: childEnvironment(), registry, allowTestJobs: true });
}

/** Starts a codec process as the program does. */
export function spawnWarmProcess(registry: ProcessRegistry): CodecProcess {
  return spawnCodecProcess({ denoPath: Deno.execPath(), env: childEnvironment(), registry, warmUp: true });
}

/** A pool of real codec processes that take test jobs too. */
export function startTestPool(options: Partial<CodecPoolOptions> = {}): { pool: CodecPool; ended(): Promise<void> } {
  const living = new Set<Promise<void>>();
  const spawn = options.spawn ?? spawnTestProcess;
  const pool = new CodecPool({
    size: 2,
    queueMax: 64,
    queueTimeoutMs: 60_000,
    deadlineMs: 60_000,
    memoryBudgetBytes: 2 ** 30,
    retireResidentBytes: 2 ** 30,
    ...options,
    spawn: () => {
      const process = spawn();
      living.add(process.ended);
      return process;
    },
  });
  return { pool, ended: async () => void await Promise.all(living) };
}

type TestPool = ReturnType<typeof startTestPool>;

let shared: TestPool | null = null;

/** One for all apps of a test file: starting three processes takes longer than most tests. They end with the file. */
function sharedPool(): TestPool {
  if (shared !== null) return shared;
  const started = shared = startTestPool();
  addEventListener("unload", () => started.pool.kill());
  return started;
}

function openState(store: Store, blobs: Blobs, now: () => number, config: Config, isAlone: boolean) {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const deps = { now, randomBytes, newUuid: () => crypto.randomUUID() };
  const state = makeState({
    ...deps,
    store,
    blobs,
    isAlone,
    memoryCacheBytes: config.MEMORY_CACHE_BYTES,
    listMemoryBytes: 2 ** 24,
    derivativeMaxBytes: config.DERIVATIVE_MAX_BYTES,
    derivativeMaxPerImage: config.DERIVATIVE_MAX_PER_IMAGE,
    reservationMs: config.CODEC_QUEUE_TIMEOUT_MS + config.CODEC_DEADLINE_MS + STORING_MS,
    areQuotasOn: config.QUOTAS === "on",
  });
  return { ...deps, ...state, passwords: new Passwords(store, randomBytes, { N: 16, r: 1, p: 1, maxmem: 2 ** 20 }) };
}

/** Starts the app under test. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const now = options.now ?? runningClock();
  const observer = new Observer(new Metrics(), null);
  const store = options.store ??
    new ObservedStore(await Deno.openKv(":memory:"), PATIENT_STORE, observer);
  const blobs = observedBlobs(options.blobs ?? new MemoryBlobs(now), observer);
  // A second is enough for an analysis, but not on a machine that runs ten test files at once.
  const env: Readonly<Record<string, string>> = { ANALYSIS_DEADLINE_MS: "30000", ...options.env };
  const config = loadConfig((name) => env[name]);
  const state = openState(store, blobs, now, config, options.store === undefined);
  const logged: Record<string, unknown>[] = [];
  const members = await join(store, options.store !== undefined, {
    id: crypto.randomUUID(),
    now: () => performance.now(),
    newUuid: () => crypto.randomUUID(),
    sleep,
    forget: (what) => forgetHere(state, what),
    onError: (what, error) => logged.push({ level: "error", event: what, error }),
  });
  const beating = setInterval(() => void members.beat().catch(() => {}), BEAT_MS);
  // Not started for a test that never sees a picture.
  let own: TestPool | null = null;
  const poolOf = () => (options.pool === undefined ? sharedPool() : own ??= startTestPool(options.pool)).pool;
  const running = new Set<Promise<unknown>>();
  let transforms = 0;
  const deps: Deps = {
    ...state,
    config,
    publicOrigin: ORIGIN,
    pool: observedPool({
      inspect: (job, bytes, run) => poolOf().inspect(job, bytes, run),
      analyse: (job, bytes, run) => poolOf().analyse(job, bytes, run),
      strip: (job, bytes, run) => poolOf().strip(job, bytes, run),
      hold: (party, signal) => poolOf().hold(party, signal),
      isCrowdedBy: (party) => poolOf().isCrowdedBy(party),
      render: (job, bytes, run) => {
        transforms++;
        return poolOf().render(job, bytes, run);
      },
      get stats() {
        return poolOf().stats;
      },
    }, observer),
    signIn: signInParts({ ...state, config, publicOrigin: ORIGIN, now, fetch: options.fetch ?? noFetch }),
    attempts: new AttemptLimit(now, PASSWORD_BOUNDS),
    signUps: new AttemptLimit(now, SIGN_UP_BOUNDS),
    stripe: new StripeGate(config, ORIGIN, { now, fetch: options.fetch ?? noFetch }),
    peers: members.peers,
    leases: members.leases,
    edge: options.edge ?? NO_EDGE,
    releasedAtMs: await releasedAt(store, options.release ?? "1", now()),
    flights: new SingleFlight(),
    uploadTurns: new Turns(8),
    log: {
      info: (event, fields) => logged.push({ level: "info", event, ...fields }),
      error: (event, fields) => logged.push({ level: "error", event, ...fields }),
    },
    observer,
    metricsText: () =>
      observer.metrics.text({ pool: deps.pool.stats, gate: null, residentBytes: 1, heapUsedBytes: 1, startedAtMs: 0 }),
    readiness: new Readiness({}, () => false),
    background: (name, work) => {
      const done = work.catch((error) => logged.push({ level: "error", event: "background_failed", name, error }))
        .finally(() => running.delete(done));
      running.add(done);
    },
    adminToken: ADMIN_TOKEN,
    isDraining: options.isDraining ?? (() => false),
  };
  const style = new TextEncoder().encode("body{}");
  const handler = createApp(deps, new Map([["app.css", { bytes: style, mimeType: "text/css", etag: '"css"' }]]));
  const request = (path: string, init?: RequestInit, remoteAddress = "127.0.0.1") => {
    const url = path.startsWith("http") ? path : ORIGIN + path;
    const request = new Request(url, init);
    // Every client of HTTP/1.1 sends one.
    if (!request.headers.has("host")) request.headers.set("host", new URL(url).host);
    // The Request constructor resolves `..`; a real server sees the target as sent.
    Object.defineProperty(request, "url", { value: url });
    return handler(request, remoteAddress);
  };
  return {
    deps,
    store,
    blobs,
    logged,
    transforms: () => transforms,
    request,
    async addUser(name, plan = "pro", scopes = ["read", "write"]) {
      const user = (await state.users.create(name as UserName, null, plan))!;
      const { key } = await state.apiKeys.create(user.id, { name: "test", scopes, expiresAtMs: null });
      return { user, key, auth: { authorization: `Bearer ${key}` } };
    },
    upload(by, file, name, fields = {}) {
      const body = new FormData();
      body.append("file", new File([file], name));
      for (const [key, value] of Object.entries(fields)) body.append(key, value);
      return request("/api/v1/images", { method: "POST", headers: by.auth, body });
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      while (running.size > 0) await Promise.all(running);
      own?.pool.kill();
      await own?.ended();
      clearInterval(beating);
      await members.leave();
      if (options.store === undefined) store.close();
    },
  };
}

/** A file of the fixtures, or the product's sample picture. */
export function fixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (name === "sample.jpg") return Deno.readFile(new URL("../../static/sample.jpg", import.meta.url));
  return Deno.readFile(new URL(`../fixtures/files/${name}`, import.meta.url));
}

/** The envelope of an error answer. */
export async function errorOf(
  response: Response,
): Promise<{ code: string; message: string; status: number; path: string }> {
  return (await response.json()).error;
}
