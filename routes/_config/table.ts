/**
 * THE table of configuration. What is read by it is in routes/config.ts; `--help` and the README print it.
 *
 * @module
 */
import { DEFAULT_JOB_DEADLINE_MS, DEFAULT_MAX_PIXELS } from "../../codec/limits.ts";

interface RowBase {
  /** One line for people; the unit is in the name. */
  readonly doc: string;
}
interface TextRow extends RowBase {
  readonly kind: "text";
  readonly default: string;
}
/** A whole number. */
export interface IntegerRow extends RowBase {
  readonly kind: "integer";
  readonly default: number;
  readonly min: number;
  readonly max: number;
}
/** An origin. */
export interface UrlRow extends RowBase {
  readonly kind: "url";
  /** null = derived, as `doc` says. */
  readonly default: null;
}
/** An address. */
export interface AddressRow extends RowBase {
  /** A whole address, with a path: only ever fetched, never handed out. */
  readonly kind: "address";
  readonly default: null;
}
interface KvRow extends RowBase {
  /** An address, or the word `platform`. */
  readonly kind: "kv";
  readonly default: "";
}
interface NetworksRow extends RowBase {
  readonly kind: "networks";
  readonly default: string;
}
interface EnumRow extends RowBase {
  readonly kind: "enum";
  readonly default: string;
  readonly values: readonly string[];
}

/** A row of the table. */
export type ConfigRow = TextRow | KvRow | NetworksRow | IntegerRow | UrlRow | AddressRow | EnumRow;

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;

/** Every setting by its environment variable. */
export const CONFIG = {
  HOST: { kind: "text", default: "127.0.0.1", doc: "Address to listen on; 0.0.0.0 for every interface" },
  PORT: { kind: "integer", default: 8000, min: 0, max: 65_535, doc: "Port to listen on; 0 takes a free one" },
  PUBLIC_URL: {
    kind: "url",
    default: null,
    doc: "Address that people use, in every URL handed out; default http://localhost:PORT",
  },
  CDN_URL: {
    kind: "url",
    default: null,
    doc: "Address of a host of its own for pictures, served there without /i; default none",
  },
  DATA_DIR: { kind: "text", default: "./data", doc: "Folder of the KV file and the blobs" },
  KV_URL: {
    kind: "kv",
    default: "",
    doc: "Address of a KV server (denokv) that many instances share, or `platform`; empty = a file in DATA_DIR",
  },
  KV_ACCESS_TOKEN: { kind: "text", default: "", doc: "Access token of the KV server, of 12 characters or more" },
  S3_ENDPOINT: {
    kind: "address",
    default: null,
    doc: "Address of an S3-compatible service; set it to keep the blobs in a bucket instead of DATA_DIR",
  },
  S3_BUCKET: { kind: "text", default: "", doc: "Bucket of the blobs; it must be there" },
  S3_REGION: { kind: "text", default: "us-east-1", doc: "Region of the bucket; auto with some services" },
  S3_ACCESS_KEY_ID: { kind: "text", default: "", doc: "Id of the access key of the bucket" },
  S3_SECRET_ACCESS_KEY: { kind: "text", default: "", doc: "Secret of that key" },
  S3_STYLE: {
    kind: "enum",
    default: "path",
    values: ["path", "host"],
    doc: "Where the bucket's name stands in addresses: endpoint/bucket/key or bucket.endpoint/key",
  },
  S3_PREFIX: { kind: "text", default: "", doc: "Folder in the bucket, such as imgsrc/live; empty = the whole bucket" },
  S3_FIRST_BYTE_TIMEOUT_MS: {
    kind: "integer",
    default: 5_000,
    min: 100,
    max: 60_000,
    doc: "Longest wait for the bucket's answer to begin; what is sent has a second a MiB more",
  },
  S3_TIMEOUT_MS: {
    kind: "integer",
    default: 30_000,
    min: 100,
    max: 600_000,
    doc: "Longest time of one request to the bucket with its up to three tries",
  },
  ORPHAN_SWEEP_INTERVAL_MS: {
    kind: "integer",
    default: 60 * MINUTE_MS,
    min: MINUTE_MS,
    max: 30 * 24 * 60 * MINUTE_MS,
    doc: "How often blobs that no record has are looked for and removed",
  },
  ORPHAN_GRACE_MS: {
    kind: "integer",
    default: 60 * MINUTE_MS,
    min: 0,
    max: 30 * 24 * 60 * MINUTE_MS,
    doc: "Age below which such a blob stays, since its upload may be under way; never less than an upload takes",
  },
  ADMIN_TOKEN: {
    kind: "text",
    default: "",
    doc: "Token of the command line and of operators; empty = one made and kept in DATA_DIR/admin-token",
  },
  QUOTAS: {
    kind: "enum",
    default: "on",
    values: ["on", "off"],
    doc: "off where nothing is sold: no quota, no rate limit, every feature; usage is still counted",
  },
  DEFAULT_PLAN: { kind: "enum", default: "free", values: ["free", "pro"], doc: "Plan of new users" },
  TRUSTED_PROXIES: {
    kind: "networks",
    default: "",
    doc: "Addresses or CIDR ranges, by commas, whose X-Forwarded-For is believed; empty = none",
  },
  SIGN_UP: {
    kind: "enum",
    default: "open",
    values: ["open", "closed"],
    doc: "closed where only the command line makes users",
  },
  CLERK_ISSUER: {
    kind: "url",
    default: null,
    doc: "Issuer of Clerk's tokens, e.g. https://clerk.example.com; set it to sign people in by Clerk",
  },
  CLERK_JWKS_URL: {
    kind: "address",
    default: null,
    doc: "Address of Clerk's public keys; default CLERK_ISSUER/.well-known/jwks.json",
  },
  CLERK_AUDIENCE: { kind: "text", default: "", doc: "Audience that Clerk's tokens must have; empty = not checked" },
  CLERK_PUBLISHABLE_KEY: {
    kind: "text",
    default: "",
    doc: "Clerk's publishable key: says where its hosted sign-in page is",
  },
  CLERK_SECRET_KEY: {
    kind: "text",
    default: "",
    doc: "Clerk's secret key: ends Clerk's own sessions at log out everywhere",
  },
  CLERK_API_URL: { kind: "address", default: null, doc: "Address of Clerk's API; default https://api.clerk.com/v1" },
  STRIPE_SECRET_KEY: { kind: "text", default: "", doc: "Stripe's secret key; empty = nothing is sold by Stripe" },
  STRIPE_WEBHOOK_SECRET: {
    kind: "text",
    default: "",
    doc: "Secret that signs what Stripe sends to /api/v1/webhooks/stripe",
  },
  STRIPE_PRICE_PRO: { kind: "text", default: "", doc: "Stripe's id of the monthly price of Pro" },
  STRIPE_PRICE_PACK: { kind: "text", default: "", doc: "Stripe's id of the price of a Resource Pack" },
  STRIPE_API_URL: {
    kind: "url",
    default: null,
    doc: "Address of Stripe's API, for tests against stripe-mock; default Stripe's own",
  },
  LEMONSQUEEZY_WEBHOOK_SECRET: {
    kind: "text",
    default: "",
    doc: "Secret that signs what LemonSqueezy sends to /api/v1/webhooks/lemonsqueezy",
  },
  LEMONSQUEEZY_VARIANT_PRO: {
    kind: "text",
    default: "",
    doc: "LemonSqueezy's variant id of Pro; empty = any subscription",
  },
  LEMONSQUEEZY_VARIANT_PACK: {
    kind: "text",
    default: "",
    doc: "LemonSqueezy's variant id of a Resource Pack; empty = none is sold",
  },
  NEGOTIATION: {
    kind: "enum",
    default: "vary",
    values: ["vary", "redirect"],
    doc: "redirect where a CDN ignores Vary: URLs without an extension answer 302 to the one that names the format",
  },
  EDGE_PURGE: {
    kind: "enum",
    default: "none",
    values: ["none", "deno", "webhook"],
    doc: "Who takes copies at the edge away by tags: nobody, Deno Deploy's cache, or EDGE_PURGE_URL (docs/caching.md)",
  },
  EDGE_PURGE_URL: {
    kind: "address",
    default: null,
    doc: 'Address that takes POST {"tags": […]}, for EDGE_PURGE=webhook',
  },
  EDGE_PURGE_TOKEN: { kind: "text", default: "", doc: "Sent there as Authorization: Bearer; empty = none" },
  LOG_FORMAT: {
    kind: "enum",
    default: "auto",
    values: ["auto", "json", "pretty"],
    doc: "auto is pretty on a terminal, JSON lines elsewhere",
  },
  METRICS_PORT: {
    kind: "integer",
    default: 0,
    min: 0,
    max: 65_535,
    doc: "Port of its own for /metrics, /health and /ready, on HOST; 0 = none",
  },
  METRICS_TOKEN: {
    kind: "text",
    default: "",
    doc: "Bearer token of /metrics; without METRICS_PORT it opens /metrics on PORT, without either there is none",
  },
  MAX_UPLOAD_BYTES: {
    kind: "integer",
    default: 5 * MIB,
    min: 1,
    max: 64 * MIB,
    doc: "Largest file an upload may have",
  },
  MAX_PIXELS: {
    kind: "integer",
    default: DEFAULT_MAX_PIXELS,
    min: 1,
    max: DEFAULT_MAX_PIXELS,
    doc: "Most pixels a picture may have, in or out",
  },
  CODEC_PROCESSES: { kind: "integer", default: 0, min: 0, max: 64, doc: "Pictures worked on at once; 0 = one a core" },
  CODEC_QUEUE_MAX: {
    kind: "integer",
    default: 64,
    min: 0,
    max: 10_000,
    doc: "Pictures that may wait; one more is answered 503",
  },
  CODEC_QUEUE_TIMEOUT_MS: {
    kind: "integer",
    default: 10_000,
    min: 1,
    max: 600_000,
    doc: "Longest wait of a picture; then 503",
  },
  CODEC_DEADLINE_MS: {
    kind: "integer",
    default: DEFAULT_JOB_DEADLINE_MS,
    min: 100,
    max: 600_000,
    doc: "Longest work on a picture; then 504 and its process is killed",
  },
  ANALYSIS_DEADLINE_MS: {
    kind: "integer",
    default: 1_000,
    min: 1,
    max: 600_000,
    doc: "Longest look at an upload for its colour and placeholder hashes; past it they are null",
  },
  CODEC_MEMORY_BUDGET_BYTES: {
    kind: "integer",
    default: 448 * MIB,
    min: 64 * MIB,
    max: 64 * 1024 * MIB,
    doc: "Estimated memory of all pictures worked on at once",
  },
  CODEC_RETIRE_BYTES: {
    kind: "integer",
    default: 200 * MIB,
    min: 64 * MIB,
    max: 4096 * MIB,
    doc: "A codec process grown past this is replaced",
  },
  MEMORY_CACHE_BYTES: {
    kind: "integer",
    default: 64 * MIB,
    min: 0,
    max: 64 * 1024 * MIB,
    doc: "Pictures kept in memory",
  },
  DERIVATIVE_MAX_BYTES: {
    kind: "integer",
    default: 10 * 1024 * MIB,
    min: 0,
    max: 2 ** 49,
    doc: "Stored derivatives of everybody; past it those used longest ago go; 0 = any number",
  },
  DERIVATIVE_MAX_PER_IMAGE: {
    kind: "integer",
    default: 200,
    min: 1,
    max: 2_000,
    doc: "Derivatives of one image; past it a larger one that is there is served instead",
  },
  LIST_MEMORY_BYTES: {
    kind: "integer",
    default: 128 * MIB,
    min: 0,
    max: 64 * 1024 * MIB,
    doc: "Memory of the lists of images, about 30 MB for a user with 100,000",
  },
  GATE: {
    kind: "enum",
    default: "on",
    values: ["on", "off"],
    doc:
      "off where a proxy or the platform bounds connections and closes slow ones; on costs 10 to 40 % of a hit's time",
  },
  MAX_CONNECTIONS: {
    kind: "integer",
    default: 4_096,
    min: 1,
    max: 1_000_000,
    doc: "Connections at once, with GATE on; one more is answered 503. Each takes three file descriptors",
  },
  SHUTDOWN_GRACE_MS: {
    kind: "integer",
    default: 5_000,
    min: 0,
    max: 600_000,
    doc: "Time that running requests have at SIGINT and SIGTERM",
  },
  DRAIN_DELAY_MS: {
    kind: "integer",
    default: 0,
    min: 0,
    max: 600_000,
    doc:
      "Time after SIGINT and SIGTERM in which /ready is a 503 and all else goes on, so that balancers notice; part of SHUTDOWN_GRACE_MS",
  },
} as const satisfies Record<string, ConfigRow>;

/** Name of a setting. */
export type ConfigName = keyof typeof CONFIG;
