/**
 * Where the public keys of an issuer come from.
 *
 * @module
 */
import type { JwksCache } from "../../kv/jwks_cache.ts";
import type { JwksRecord, PublicJwk } from "../../kv/records.ts";
import type { SigningKeys } from "../../kv/signing_keys.ts";
import { ServiceError } from "./service_error.ts";

/** Finds a key by its id. */
export interface KeySource {
  /** The key, or null when the issuer has none of that id. */
  find(kid: string): Promise<PublicJwk | null>;
}

const FRESH_MS = 3600 * 1000;
/** Between two fetches, whatever asks for them: unknown key ids must not make this server somebody's load test. */
const FETCH_PAUSE_MS = 60 * 1000;
/** The same while there is no key at all: nobody can sign in until there is one. */
const FIRST_FETCH_PAUSE_MS = 5 * 1000;
/** While the issuer can't be reached, its last keys are used this long. */
const STALE_MS = 24 * 3600 * 1000;
const FETCH_TIMEOUT_MS = 5_000;
const MAX_DOCUMENT_BYTES = 256 * 1024;
const MAX_KEYS = 50;

/** What {@linkcode RemoteKeys} needs. */
export interface RemoteKeysDeps {
  readonly cache: JwksCache;
  readonly now: () => number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** The RS256 keys of a JWKS document, without anything else that stands in it. */
export function readJwks(document: unknown): PublicJwk[] {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new ServiceError("upstream", "JWKS has no list of keys");
  return (keys as Record<string, unknown>[]).slice(0, MAX_KEYS).flatMap((jwk) => {
    const { kty, n, e, kid, alg = "RS256", use = "sig" } = jwk ?? {};
    const isOurs = kty === "RSA" && alg === "RS256" && use === "sig" && isText(n) && isText(e) && isText(kid);
    return isOurs ? [{ kty, n, e, kid, alg, use }] : [];
  });
}

async function readCapped(response: Response): Promise<unknown> {
  let size = 0;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) throw new ServiceError("upstream", "JWKS is too large");
    chunks.push(chunk);
  }
  return JSON.parse(await new Blob(chunks).text());
}

/** Keys of an outside issuer: kept for an hour in KV, asked for again when an unknown id comes, once a minute at most. */
export class RemoteKeys implements KeySource {
  #url: string;
  #deps: RemoteKeysDeps;
  #held: JwksRecord | null = null;
  #triedAtMs = -Infinity;
  #fetching: Promise<JwksRecord> | null = null;

  constructor(url: string, deps: RemoteKeysDeps) {
    this.#url = url;
    this.#deps = deps;
  }

  async find(kid: string): Promise<PublicJwk | null> {
    const held = await this.#load();
    const key = held.keys.find((k) => k.kid === kid);
    if (key !== undefined) return key;
    // Another process may have met the new key already.
    const shared = await this.#deps.cache.get(this.#url);
    if (shared !== null && shared.fetchedAtMs > held.fetchedAtMs) this.#held = shared;
    const known = this.#held?.keys.find((k) => k.kid === kid);
    if (known !== undefined || !this.#mayFetch()) return known ?? null;
    return (await this.#refresh()).keys.find((k) => k.kid === kid) ?? null;
  }

  #mayFetch(): boolean {
    const lastMs = Math.max(this.#triedAtMs, this.#held?.fetchedAtMs ?? -Infinity);
    const pauseMs = this.#held === null ? FIRST_FETCH_PAUSE_MS : FETCH_PAUSE_MS;
    return this.#fetching !== null || this.#deps.now() - lastMs >= pauseMs;
  }

  #isFresh(record: JwksRecord | null): record is JwksRecord {
    return record !== null && this.#deps.now() - record.fetchedAtMs < FRESH_MS;
  }

  async #load(): Promise<JwksRecord> {
    if (this.#isFresh(this.#held)) return this.#held;
    this.#held = await this.#deps.cache.get(this.#url) ?? this.#held;
    if (this.#isFresh(this.#held)) return this.#held;
    return await this.#refresh();
  }

  /** Fetches; where that fails, what is held goes on being used while it is there. */
  async #refresh(): Promise<JwksRecord> {
    this.#fetching ??= this.#fetch().finally(() => this.#fetching = null);
    try {
      this.#held = await this.#fetching;
      return this.#held;
    } catch (error) {
      if (this.#held !== null && this.#deps.now() - this.#held.fetchedAtMs < STALE_MS) return this.#held;
      throw new ServiceError("upstream", "Keys of the sign-in service can't be fetched; try again", { cause: error });
    }
  }

  async #fetch(): Promise<JwksRecord> {
    if (!this.#mayFetch()) throw new ServiceError("upstream", "JWKS was asked for a moment ago");
    this.#triedAtMs = this.#deps.now();
    const response = await this.#deps.fetch(this.#url, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new ServiceError("upstream", `JWKS was answered with status ${response.status}`);
    }
    return await this.#deps.cache.put(this.#url, readJwks(await readCapped(response)));
  }
}

/** Keys of the embedded issuer: the document that this server publishes. */
export class OwnKeys implements KeySource {
  #keys: SigningKeys;

  constructor(keys: SigningKeys) {
    this.#keys = keys;
  }

  /** The JWKS document. */
  async document(): Promise<{ keys: PublicJwk[] }> {
    return { keys: (await this.#keys.all()).map((k) => k.publicJwk) };
  }

  async find(kid: string): Promise<PublicJwk | null> {
    return readJwks(await this.document()).find((k) => k.kid === kid) ?? null;
  }
}
