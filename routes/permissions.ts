/**
 * The exact permissions that a server with given settings needs, so that it can be started with no others.
 *
 * @module
 */
import { CONFIG, type ConfigRow } from "./_config/table.ts";
import type { Config } from "./config.ts";

/** Names of the environment that are read beside the settings: where Deno keeps its modules, and how it was started. */
export const ENVIRONMENT_NAMES: readonly string[] = [
  "DENO_DIR",
  "DENO_KV_ACCESS_TOKEN",
  "HOME",
  "LOCALAPPDATA",
  "OTEL_DENO",
  "PATH",
  "XDG_CACHE_HOME",
  "npm_execpath",
];

/**
 * Where the server behind the gate listens. An address of the loopback that nothing else uses, so that leave to
 * connect to it opens none of the services on 127.0.0.1; macOS has that one only.
 */
export const GATE_HOST = Deno.build.os === "darwin" ? "127.0.0.1" : "127.71.0.1";
/** Where the program lies and runs. */
export interface Places {
  /** Folder of the checkout, absolute, no slash at its end. */
  readonly root: string;
  /** Folder that relative settings start from, the same. */
  readonly cwd: string;
  /** The Deno executable. */
  readonly denoPath: string;
}

/** Addresses that are only handed out, never called. */
const HANDED_OUT: ReadonlySet<string> = new Set(["PUBLIC_URL", "CDN_URL"]);
/** Called where a key is set and no address: host and the settings that make it wanted. */
const DEFAULT_HOSTS: readonly (readonly [host: string, address: keyof Config, wanted: keyof Config])[] = [
  ["api.stripe.com:443", "STRIPE_API_URL", "STRIPE_SECRET_KEY"],
  ["api.clerk.com:443", "CLERK_API_URL", "CLERK_SECRET_KEY"],
];
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "https:": "443", "http:": "80" };

const hostOf = ({ hostname, port, protocol }: URL) => `${hostname}:${port || DEFAULT_PORTS[protocol]}`;

function outsideHosts(config: Config): string[] {
  const rows = Object.entries<ConfigRow>(CONFIG).filter(([name, { kind }]) =>
    (kind === "url" || kind === "address" || kind === "kv") && !HANDED_OUT.has(name)
  );
  const set = rows.flatMap(([name]) => {
    const value: unknown = config[name as keyof Config];
    return value instanceof URL ? [value] : typeof value === "string" && URL.canParse(value) ? [new URL(value)] : [];
  });
  const bucket = config.S3_ENDPOINT !== null && config.S3_STYLE === "host"
    ? [`${config.S3_BUCKET}.${hostOf(config.S3_ENDPOINT)}`]
    : [];
  const byDefault = DEFAULT_HOSTS.filter(([, address, wanted]) => config[address] === null && config[wanted] !== "");
  return [...set.map(hostOf), ...bucket, ...byDefault.map(([host]) => host)];
}

/** Where the server listens; the port 0 stands for a free one. IPv6 needs its brackets. */
function ownHosts({ HOST, PORT, METRICS_PORT, GATE }: Config): string[] {
  const host = HOST.includes(":") && !HOST.startsWith("[") ? `[${HOST}]` : HOST;
  const gate = GATE === "on" ? [GATE_HOST] : [];
  return [`${host}:${PORT}`, ...METRICS_PORT === 0 ? [] : [`${host}:${METRICS_PORT}`], ...gate];
}

/** A list of flags is cut at spaces and commas: a folder with one of them is let in by the nearest above without. */
function flaggable(path: string): string {
  const parts = path.split("/");
  const odd = parts.findIndex((part) => /[\s,]/.test(part));
  return odd === -1 ? path : parts.slice(0, odd).join("/") || "/";
}

const absolute = (path: string, cwd: string) =>
  path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) ? path : `${cwd}/${path.replace(/^\.\/+/, "")}`;

const environment = () => `--allow-env=${[...Object.keys(CONFIG), ...ENVIRONMENT_NAMES].join(",")}`;

/**
 * Flags of `deno run` for a server. It reads its own checkout and its data, writes its data and the bundled scripts,
 * listens on its ports, calls the hosts that the settings name, and runs Deno itself and the shell that ends codec
 * processes when the server is gone. Nothing else, and no system information.
 */
export function permissionFlags(config: Config, { root, cwd, denoPath }: Places): string[] {
  const data = flaggable(absolute(config.DATA_DIR, cwd));
  const code = flaggable(root);
  return [
    `--allow-net=${[...new Set([...ownHosts(config), ...outsideHosts(config)])].join(",")}`,
    `--allow-read=${[...new Set([code, data])].join(",")}`,
    `--allow-write=${[...new Set([data, flaggable(`${root}/static/_built`)])].join(",")}`,
    environment(),
    `--allow-run=${[flaggable(denoPath), "/bin/sh"].join(",")}`,
  ];
}

/** Flags of a program that only tells what is wrong with its settings. */
export function permissionFlagsOfFault(): string[] {
  return [environment()];
}
