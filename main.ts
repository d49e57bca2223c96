/**
 * Composition root: the only file with the environment, KV, the clock and the listener.
 *
 *     deno task start            serve
 *     deno task start --help     print the configuration
 *     deno task admin …          administration, through the running server where there is one
 *     deno task open URL         open a page in the browser
 *
 * @module
 */
import { CODEC_VERSION } from "./codec/derivative_key.ts";
import { CodecPool } from "./codec/pool.ts";
import { spawnCodecProcess } from "./codec/spawn.ts";
import { reapLeftovers, startWatchdog, type Watchdog } from "./codec/watchdog.ts";
import { BlobError, type Blobs } from "./kv/blobs/blobs.ts";
import { checkBlobs, openBlobs } from "./kv/blobs/open.ts";
import { randomText } from "./kv/ids.ts";
import { endFirstStart } from "./kv/first_start.ts";
import { livingInstanceFolders, takeInstanceFolder } from "./kv/instance_folder.ts";
import { join, type Membership, sharedAdminToken } from "./kv/instances.ts";
import { BEAT_MS, type PeersDeps } from "./kv/peers.ts";
import { releasedAt } from "./kv/release.ts";
import { forgetHere, makeState, settle } from "./kv/state.ts";
import type { Store } from "./kv/store.ts";
import { Turns } from "./kv/turns.ts";
import fresh from "./fresh.config.ts";
import { adminHelp, formatResult, isBadResult, isHere, parseCommandLine } from "./routes/_admin/cli.ts";
import { localUrl, runOnServer, type ServerNote } from "./routes/_admin/client.ts";
import { type AdminDeps, AdminError, runAdminCommand } from "./routes/_admin/commands.ts";
import { makeFirstUser, welcomeText } from "./routes/_admin/first_start.ts";
import { watchEventLoop } from "./routes/_metrics/event_loop.ts";
import { Metrics } from "./routes/_metrics/metrics.ts";
import { Observer } from "./routes/_metrics/observer.ts";
import { observedBlobs, observedPool, ObservedStore } from "./routes/_metrics/seams.ts";
import { createTracing } from "./routes/_metrics/tracing.ts";
import { AttemptLimit, PASSWORD_BOUNDS, SIGN_UP_BOUNDS } from "./routes/_services/attempt_limit.ts";
import { edgeOf } from "./routes/_services/edge_adapters.ts";
import { checksOf, Readiness } from "./routes/_services/readiness.ts";
import { signInParts } from "./routes/_services/sign_in_parts.ts";
import { StripeGate } from "./routes/_services/stripe.ts";
import { SingleFlight } from "./routes/_services/single_flight.ts";
import { builtIslands, bundleFolders } from "./routes/_islands/bundle.ts";
import { openPage } from "./routes/_admin/open_page.ts";
import { type Front, type FrontDeps, GATE_TIMES, openGatedFront, openPlainFront } from "./routes/front.ts";
import { createApp, createMetricsApp, hotPicturesOf, loadShedderOf, type RequestHandler } from "./routes/app.ts";
import type { HotPictures } from "./routes/_middleware/hot_pictures.ts";
import type { LoadShedder } from "./routes/_middleware/load_shedder.ts";
import type { Again, GateStats } from "./routes/gate.ts";
import { Background } from "./routes/background.ts";
import { type Config, ConfigError, configHelp, loadConfig } from "./routes/config.ts";
import type { Deps, Log, RenderedDerivative, StateDeps } from "./routes/deps.ts";
import { routeWarnings, startLog } from "./routes/log.ts";
import { startSchedule } from "./routes/schedule.ts";
import { addFiles, readStaticFolder } from "./routes/static_files.ts";

/** Of one user. */
const UPLOADS_AT_ONCE = 8;
/** Left of the grace for answers of jobs that were given up. */
const LAST_ANSWERS_MS = 500;
/** A derivative that was made is stored in less. */
const STORING_MS = 30_000;
const TOKEN_CHARS = 43;

const now = () => Date.now();
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const newUuid = () => crypto.randomUUID();
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Prints what is wrong and leaves. */
function fail(message: string): never {
  console.error(message);
  Deno.exit(1);
}

/** Whether other processes may work on the same data. */
const isShared = (config: Config) => config.KV_URL !== "";

function readConfig(): Config {
  try {
    const config = loadConfig((name) => Deno.env.get(name));
    // Apart from what a process without a KV server keeps there: its blobs would be orphans to the others.
    return isShared(config) ? { ...config, DATA_DIR: `${config.DATA_DIR}/shared` } : config;
  } catch (error) {
    if (error instanceof ConfigError) fail(`Configuration is wrong:\n${error.faults.map((f) => `  ${f}`).join("\n")}`);
    throw error;
  }
}

function openKv(config: Config): Promise<Deno.Kv> {
  if (!isShared(config)) return Deno.openKv(`${config.DATA_DIR}/kv.sqlite3`);
  if (config.KV_ACCESS_TOKEN !== "") Deno.env.set("DENO_KV_ACCESS_TOKEN", config.KV_ACCESS_TOKEN);
  if (config.KV_URL === "platform") return Deno.openKv();
  if (!Deno.env.has("DENO_KV_ACCESS_TOKEN")) fail("Configuration is wrong:\n  KV_URL needs KV_ACCESS_TOKEN");
  return Deno.openKv(config.KV_URL).catch((error) => {
    return fail(`${(error as Error).message}\nIs the KV server running, and is KV_ACCESS_TOKEN the one it was given?`);
  });
}

/** Metrics, and spans where Deno is told to export them. */
async function makeObserver(): Promise<Observer> {
  const isTraced = ["true", "1"].includes(Deno.env.get("OTEL_DENO") ?? "");
  return new Observer(new Metrics(), isTraced ? createTracing(await import("@opentelemetry/api")) : null);
}

async function openState(config: Config, log: Log | null, observer = new Observer(new Metrics(), null)) {
  const folder = config.DATA_DIR;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const kv = await openKv(config);
  const onUnreadable = (what: string) => log?.error("record_unreadable", { what });
  const marks = isShared(config) ? { newCommitId: newUuid } : {};
  const store = new ObservedStore(kv, { sleep, random: Math.random, onUnreadable, ...marks }, observer);
  const blobs = await openBlobs(config, {
    fetch: (url, init) => fetch(url, init),
    now,
    sleep,
    random: Math.random,
    newName: newUuid,
    onChange: (circuit) => log?.error("bucket_circuit", { circuit }),
  }, log !== null && !isShared(config));
  const state = makeState({
    store,
    blobs: observedBlobs(blobs, observer),
    now,
    randomBytes,
    newUuid,
    isAlone: !isShared(config),
    memoryCacheBytes: config.MEMORY_CACHE_BYTES,
    listMemoryBytes: config.LIST_MEMORY_BYTES,
    derivativeMaxBytes: config.DERIVATIVE_MAX_BYTES,
    derivativeMaxPerImage: config.DERIVATIVE_MAX_PER_IMAGE,
    reservationMs: config.CODEC_QUEUE_TIMEOUT_MS + config.CODEC_DEADLINE_MS + STORING_MS,
    areQuotasOn: config.QUOTAS === "on",
  });
  return { state, store, blobs };
}

/** Says what is wrong with the bucket; leaves where only whoever set it up can mend it. */
async function lookAtBlobs(blobs: Blobs, log: Log): Promise<void> {
  const fault = await checkBlobs(blobs).catch((error) => {
    if (error instanceof BlobError) fail(`Bucket can't be used: ${error.message}; look at the S3_ settings`);
    throw error;
  });
  if (fault !== null) log.error("bucket_unreachable", { message: fault });
}

/** @param store where the token of all instances is kept; null = the file alone says it */
async function readAdminToken(config: Config, store: Store | null): Promise<string> {
  if (config.ADMIN_TOKEN !== "") return config.ADMIN_TOKEN;
  const path = `${config.DATA_DIR}/admin-token`;
  const kept = (await Deno.readTextFile(path).catch(() => "")).trim();
  const own = kept === "" ? randomText(randomBytes, TOKEN_CHARS) : kept;
  const token = store === null || !isShared(config) ? own : await sharedAdminToken(store, own);
  if (token !== kept) await Deno.writeTextFile(path, token, { mode: 0o600 });
  return token;
}

/** What a codec process may see of the environment: where Deno keeps its modules. */
function codecEnvironment(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA", "PATH"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** @param folder of this process */
async function startPool(
  config: Config,
  folder: string,
  log: Log,
  { metrics }: Observer,
): Promise<{ pool: CodecPool; watchdog: Watchdog }> {
  const pidFile = `${folder}/codec-pids`;
  const reaped = await reapLeftovers(pidFile);
  if (reaped.length > 0) log.info("reaped", { pids: reaped });
  const watchdog = startWatchdog(pidFile);
  const spawnOptions = {
    denoPath: Deno.execPath(),
    env: codecEnvironment(),
    registry: watchdog,
    warmUp: true,
  };
  const pool = new CodecPool({
    size: config.CODEC_PROCESSES || navigator.hardwareConcurrency,
    queueMax: config.CODEC_QUEUE_MAX,
    queueTimeoutMs: config.CODEC_QUEUE_TIMEOUT_MS,
    deadlineMs: config.CODEC_DEADLINE_MS,
    memoryBudgetBytes: config.CODEC_MEMORY_BUDGET_BYTES,
    retireResidentBytes: config.CODEC_RETIRE_BYTES,
    spawn: () => spawnCodecProcess(spawnOptions),
    onEvent: (event) => {
      metrics.processEvent(event.kind);
      // One that has grown is replaced by design.
      log[event.kind === "retired" ? "info" : "error"]("codec_process", { ...event });
    },
    onStart: (waitedMs) => metrics.waited(waitedMs / 1_000),
  });
  return { pool, watchdog };
}

const taskCommand = () => Deno.env.has("npm_execpath") ? `npx --yes deno@${Deno.version.deno} task` : "deno task";

async function welcome(deps: AdminDeps, store: Store): Promise<void> {
  const { config, publicOrigin } = deps;
  const first = await makeFirstUser(deps, store, !isShared(config));
  if (first === null) return;
  const folder = config.DATA_DIR;
  const files = Deno.stdout.isTerminal() ? null : { key: `${folder}/first-key`, link: `${folder}/first-sign-in` };
  if (files !== null) {
    await Deno.writeTextFile(files.key, first.key, { mode: 0o600 });
    await Deno.writeTextFile(files.link, first.signInUrl, { mode: 0o600 });
  }
  console.log(welcomeText(first, { publicOrigin, files, taskCommand: taskCommand() }));
  await endFirstStart(store);
}

/** @param name of the setting with the port */
function listenOn<Server>(
  config: Config,
  name: "PORT" | "METRICS_PORT",
  listen: (hostname: string, port: number) => Server,
): Server {
  const port = config[name];
  try {
    return listen(config.HOST, port);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    fail(`Port ${port} is in use; choose another one, for example ${name}=${port + 1}`);
  }
}

function joinInstances(config: Config, state: StateDeps, store: Store, log: Log): Promise<Membership> {
  const deps: PeersDeps = {
    id: newUuid(),
    now: () => performance.now(),
    newUuid,
    sleep,
    forget: (what) => forgetHere(state, what),
    onError: (what, error) => log.error(what, { message: String(error) }),
  };
  return join(store, isShared(config), deps);
}

/** Deno's own ways of serving, and a clock that never goes back. */
const FRONT: FrontDeps = {
  serve: (where, handler) => Deno.serve({ ...where, onListen: () => {} }, handler),
  listen: (where) => Deno.listen(where),
  connect: (where) => Deno.connect(where),
  monotonicMs: () => performance.now(),
};

function openFront(config: Config, handler: RequestHandler, again: Again): Front {
  return listenOn(config, "PORT", (hostname, port) => {
    const address = { hostname, port };
    if (config.GATE === "off") return openPlainFront(FRONT, address, handler);
    return openGatedFront(FRONT, address, { ...GATE_TIMES, maxConnections: config.MAX_CONNECTIONS }, handler, again);
  });
}

function listenForMetrics(config: Config, handler: (request: Request) => Promise<Response>): Deno.HttpServer {
  return listenOn(
    config,
    "METRICS_PORT",
    (hostname, port) => Deno.serve({ hostname, port, onListen: () => {} }, handler),
  );
}

const startedAtMs = Date.now();

function metricsText({ metrics }: Observer, pool: CodecPool, gate: GateStats | null): string {
  const { rss, heapUsed } = Deno.memoryUsage();
  return metrics.text({ pool: pool.stats, gate, residentBytes: rss, heapUsedBytes: heapUsed, startedAtMs });
}

async function serve(): Promise<void> {
  const config = readConfig();
  const log = startLog(config.LOG_FORMAT, now);
  routeWarnings(log);
  // Before all else: a second server on the folder would end the codec processes of the first.
  const folder = await takeInstanceFolder(config.DATA_DIR, isShared(config)) ??
    fail(`Another server works on ${config.DATA_DIR}; stop it, set DATA_DIR to another folder, or share a KV_URL`);
  const observer = await makeObserver();
  const { state, store, blobs } = await openState(config, log, observer);
  const members = await joinInstances(config, state, store, log);
  await lookAtBlobs(blobs, log);
  const { pool, watchdog } = await startPool(config, folder.path, log, observer);
  const background = new Background(log);
  const adminToken = await readAdminToken(config, store);
  const files = await readStaticFolder(new URL(`./${fresh.staticDir}/`, import.meta.url), Deno);
  let isLeaving = false;
  let isDraining = false;
  let handler: RequestHandler | null = null;
  let hot: HotPictures | null = null;
  let shedder: LoadShedder | null = null;
  const front = openFront(
    config,
    (request, address) => handler!(request, address),
    (request) => hot?.answerPlainly(request) ?? shedder?.refuse(request) ?? null,
  );
  const { port } = front;
  const publicOrigin = config.PUBLIC_URL?.origin ?? `http://localhost:${port}`;
  const deps: Deps = {
    ...state,
    config,
    publicOrigin,
    pool: observedPool(pool, observer),
    signIn: signInParts({ ...state, config, publicOrigin, now, fetch }),
    attempts: new AttemptLimit(now, PASSWORD_BOUNDS),
    signUps: new AttemptLimit(now, SIGN_UP_BOUNDS),
    stripe: new StripeGate(config, publicOrigin, { now, fetch }),
    peers: members.peers,
    leases: members.leases,
    edge: edgeOf(config, { fetch, log }),
    flights: new SingleFlight<RenderedDerivative>(),
    uploadTurns: new Turns(UPLOADS_AT_ONCE),
    log,
    observer,
    metricsText: () => metricsText(observer, pool, front.gateStats()),
    readiness: new Readiness(checksOf(store, blobs, pool), () => isLeaving),
    now,
    releasedAtMs: await releasedAt(store, String(CODEC_VERSION), now()),
    randomBytes,
    newUuid,
    background: (name, work) => background.add(name, work),
    adminToken,
    isDraining: () => isDraining,
  };
  hot = hotPicturesOf(deps);
  shedder = loadShedderOf(deps);
  handler = createApp(deps, files, hot);
  const metricsServer = config.METRICS_PORT === 0 ? null : listenForMetrics(config, createMetricsApp(deps));
  watchEventLoop((seconds) => {
    observer.metrics.loopDelay(seconds);
    shedder.noteDelay(seconds);
  });
  const islands = builtIslands(bundleFolders(fresh.staticDir, fresh.islandsDir), () => log.info("islands_bundled"));
  // Pages go without until they are there.
  background.add("add_islands", islands.then((built) => addFiles(files, built)));
  const note: ServerNote = { url: localUrl(config.HOST, port), pid: Deno.pid };
  const notePath = `${folder.path}/server.json`;
  await Deno.writeTextFile(notePath, JSON.stringify(note), { mode: 0o600 });
  await welcome(deps, store);
  log.info("listening", { url: deps.publicOrigin, pid: Deno.pid });
  const beating = setInterval(() => background.once("beat", () => members.beat()), BEAT_MS);
  const stopSchedule = startSchedule(deps, background, () => members.leader.isHere());

  const stop = async (signal: string) => {
    if (isLeaving) Deno.exit(130);
    isLeaving = true;
    log.info("stopping", { signal });
    const graceMs = Math.max(0, config.SHUTDOWN_GRACE_MS - LAST_ANSWERS_MS);
    const delayMs = Math.min(config.DRAIN_DELAY_MS, graceMs);
    await sleep(delayMs);
    isDraining = true;
    const finished = front.shutdown();
    await Promise.race([finished, sleep(graceMs - delayMs)]);
    pool.kill();
    await Promise.race([finished, sleep(LAST_ANSWERS_MS)]);
    clearInterval(beating);
    stopSchedule();
    const settled = background.settled().then(() => settle(state)).then(() => members.leave());
    await Promise.race([settled, sleep(LAST_ANSWERS_MS)]).catch(() => {});
    await watchdog.close();
    await metricsServer?.shutdown();
    await Deno.remove(notePath).catch(() => {});
    store.close();
    folder.lock.release();
    log.info("stopped");
    Deno.exit(0);
  };
  Deno.addSignalListener("SIGINT", () => stop("SIGINT"));
  Deno.addSignalListener("SIGTERM", () => stop("SIGTERM"));
}

/** Runs a command in this process, on the data folder itself. */
async function runHere(config: Config, name: string, args: Readonly<Record<string, string>>): Promise<unknown> {
  const { state, store } = await openState(config, null);
  try {
    const publicOrigin = config.PUBLIC_URL?.origin ?? `http://localhost:${config.PORT}`;
    return await runAdminCommand({ ...state, config, now, randomBytes, publicOrigin }, name, args);
  } finally {
    store.close();
  }
}

async function admin(argv: readonly string[]): Promise<void> {
  if (argv.length === 0 || argv.includes("--help")) return console.log(adminHelp());
  const config = readConfig();
  try {
    const { name, args, isJson } = parseCommandLine(argv, Deno.cwd());
    // A note that a killed server left may lead to a stranger by now, who should see neither command nor token.
    let answer: { readonly result: unknown } | null = null;
    const folders = isHere(name) ? [] : await livingInstanceFolders(config.DATA_DIR, isShared(config));
    for (const folder of folders) {
      const note = await Deno.readTextFile(`${folder}/server.json`).catch(() => null);
      if (note === null || answer !== null) continue;
      answer = await runOnServer(JSON.parse(note) as ServerNote, await readAdminToken(config, null), name, args);
    }
    const result = answer === null ? await runHere(config, name, args) : answer.result;
    console.log(formatResult(result, isJson));
    if (isBadResult(name, result)) Deno.exit(1);
  } catch (error) {
    if (error instanceof AdminError) fail(error.message);
    throw error;
  }
}

if (import.meta.main) {
  const [command, ...rest] = Deno.args;
  if (command === "admin") await admin(rest);
  else if (command === "open") console.log(await openPage(rest[0]) ?? fail("Which address? deno task open http://…"));
  else if (command === "--help" || command === "-h") console.log(configHelp());
  else if (command === undefined) await serve();
  else fail(`There is no command "${command}"; try --help`);
}
