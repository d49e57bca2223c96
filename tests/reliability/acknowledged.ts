/**
 * Clients that upload, alias, delete, hide and read, and keep their own log of what was acknowledged.
 *
 * Every path has one writer, so after a crash a path may stand in the last state that was acknowledged or in the one
 * that the request under way would have led to, and in no other.
 *
 * @module
 */
import { imageIdOfHash } from "../../kv/ids.ts";
import type { SeededRandom } from "../doubles/seeded_random.ts";

/** What a path shows to its owner: the SHA-256 of a public or private picture, or nothing. */
export type PathState = { readonly hash: string; readonly isPrivate: boolean } | null;

const SLOTS = ["main", "alias"] as const;
type Slot = typeof SLOTS[number];
/** Two paths that may lead to one picture. */
type Pair = Readonly<Record<Slot, PathState>>;
/** What a request does to a pair. */
type Effect = (pair: Pair) => Pair;

/** Pairs that a client works on. */
const PAIRS = 4;
const DERIVATIVE_MIN_WIDTH = 16;
const DERIVATIVE_MAX_WIDTH = 90;
/** Answers of a service that is short of a part: no word on whether the change was made. */
const UNAVAILABLE = new Set([502, 503, 504, 507]);
const PAUSE_MS = 20;
/** Times that a question is asked again. */
const PATIENCE = 500;

const hex = (bytes: ArrayBuffer) => new Uint8Array(bytes).toHex();
/** SHA-256 in hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const textOf = (pair: Pair) => JSON.stringify(pair);
const distinct = (pairs: readonly Pair[]) => [...new Map(pairs.map((pair) => [textOf(pair), pair])).values()];
const change = (pair: Pair, test: (state: NonNullable<PathState>, slot: Slot) => boolean, after: PathState): Pair => {
  const next = (slot: Slot) => {
    const state = pair[slot];
    return state !== null && test(state, slot) ? after : state;
  };
  return { main: next("main"), alias: next("alias") };
};

/** One client with paths of its own. */
export class Client {
  /** States that each pair may be in; more than one where a request got no answer. */
  readonly #pairs: Pair[][] = Array.from({ length: PAIRS }, () => [{ main: null, alias: null }]);
  /** Changes that were answered with a success. */
  acknowledged = 0;
  /** Requests that were answered with 502, 503, 504 or 507. */
  unavailable = 0;
  /** What no client should see, whatever was killed. */
  readonly faults: string[] = [];
  #n = 0;

  constructor(
    readonly name: string,
    readonly key: string,
    readonly picture: Uint8Array<ArrayBuffer>,
    readonly random: SeededRandom,
  ) {}

  get #headers() {
    return { authorization: `Bearer ${this.key}` };
  }

  #path(pair: number, slot: Slot): string {
    return `${this.name}/${slot}${pair}.png`;
  }

  /**
   * Works until the server is gone or the work is over.
   *
   * @param origin address of the server
   * @param isOver asked before each request; default never
   * @returns whether the server was gone
   */
  async work(origin: string, isOver: () => boolean = () => false): Promise<boolean> {
    while (!isOver()) {
      try {
        await this.#step(origin);
      } catch {
        return true;
      }
    }
    return false;
  }

  async #step(origin: string): Promise<void> {
    const at = this.random.integer(0, PAIRS - 1);
    // What isn't known is left alone until somebody has looked.
    if (this.#pairs[at]!.length > 1) return void await pause(PAUSE_MS);
    const { main, alias } = this.#pairs[at]![0]!;
    const kind = this.random.integer(0, 9);
    if (main === null || kind <= 2) return await this.#upload(origin, at);
    if (kind === 3) return await this.#deletePath(origin, at, alias === null ? "main" : this.random.pick(SLOTS));
    if (kind === 4) return await this.#deleteImage(origin, at, main);
    if (kind === 5) return await this.#setVisibility(origin, at, main);
    // A path of another picture has to go first.
    if (kind <= 7 && alias !== null && alias.hash !== main.hash) return await this.#deletePath(origin, at, "alias");
    if (kind <= 7) return await this.#alias(origin, at, main);
    await this.#read(origin, at, this.random.pick(SLOTS));
  }

  /** Carries a change out; without an answer it may have happened or not. */
  async #change(at: number, path: string, effect: Effect, init: RequestInit, origin: string): Promise<void> {
    const before = this.#pairs[at]!;
    this.#pairs[at] = distinct([...before, ...before.map(effect)]);
    const response = await fetch(origin + path, { ...init, headers: this.#headers });
    // A body that is cut is no acknowledgement either.
    const text = await response.text();
    if (UNAVAILABLE.has(response.status)) return await this.#wasUnavailable();
    if (response.ok) {
      this.#pairs[at] = before.map(effect);
      this.acknowledged++;
      return;
    }
    this.faults.push(`${init.method} ${path}, ${textOf(before[0]!)} → ${response.status} ${text.slice(0, 200)}`);
    if (response.status < 500) this.#pairs[at] = before;
  }

  async #wasUnavailable(): Promise<void> {
    this.unavailable++;
    await pause(PAUSE_MS);
  }

  async #upload(origin: string, at: number): Promise<void> {
    const path = this.#path(at, "main");
    const bytes = Uint8Array.from([...this.picture, ...new TextEncoder().encode(`${this.name} ${this.#n++} ${path}`)]);
    const body = new FormData();
    body.append("file", new File([bytes], "p.png"));
    body.append("path", path);
    const main = { hash: await sha256(bytes), isPrivate: false };
    await this.#change(at, "/api/v1/images", (pair) => ({ ...pair, main }), { method: "POST", body }, origin);
  }

  async #alias(origin: string, at: number, { hash }: NonNullable<PathState>): Promise<void> {
    const body = JSON.stringify({ path: this.#path(at, "alias") });
    const path = `/api/v1/images/${imageIdOfHash(hash)}/paths`;
    await this.#change(at, path, (pair) => ({ ...pair, alias: pair.main }), { method: "POST", body }, origin);
  }

  async #deletePath(origin: string, at: number, slot: Slot): Promise<void> {
    const hash = this.#pairs[at]![0]![slot]!.hash;
    const path = `/api/v1/images/${imageIdOfHash(hash)}/paths?path=${encodeURIComponent(this.#path(at, slot))}`;
    await this.#change(at, path, (pair) => ({ ...pair, [slot]: null }), { method: "DELETE" }, origin);
  }

  async #deleteImage(origin: string, at: number, { hash }: NonNullable<PathState>): Promise<void> {
    const effect = (pair: Pair) => change(pair, (state) => state.hash === hash, null);
    await this.#change(at, `/api/v1/images/${imageIdOfHash(hash)}`, effect, { method: "DELETE" }, origin);
  }

  async #setVisibility(origin: string, at: number, { hash, isPrivate }: NonNullable<PathState>): Promise<void> {
    const after = { hash, isPrivate: !isPrivate };
    const body = JSON.stringify({ visibility: after.isPrivate ? "private" : "public" });
    const effect = (pair: Pair) => change(pair, (state) => state.hash === hash, after);
    await this.#change(at, `/api/v1/images/${imageIdOfHash(hash)}/visibility`, effect, { method: "PUT", body }, origin);
  }

  /** The original, or a derivative that nobody has asked for. */
  async #read(origin: string, at: number, slot: Slot): Promise<void> {
    const state = this.#pairs[at]![0]![slot];
    const isDerivative = this.random.integer(0, 1) === 1;
    const width = this.random.integer(DERIVATIVE_MIN_WIDTH, DERIVATIVE_MAX_WIDTH);
    const path = `/i/owner/${this.#path(at, slot)}${isDerivative ? `?w=${width}` : ""}`;
    const response = await fetch(origin + path);
    const bytes = await response.bytes();
    if (UNAVAILABLE.has(response.status)) return await this.#wasUnavailable();
    const isShown = state !== null && !state.isPrivate;
    const isRight = response.status === (isShown ? 200 : 404) &&
      (!isShown || isDerivative || await sha256(bytes) === state.hash);
    if (!isRight) this.faults.push(`GET ${path} → ${response.status}, though it is ${JSON.stringify(state)}`);
  }

  /**
   * What is wrong with the server's state, as its owner and as a stranger see it, and what was seen in between. What was
   * open is settled by what is seen: no request may be under way.
   */
  async check(origin: string): Promise<string[]> {
    const faults = this.faults.splice(0);
    const listed = await this.#listed(origin);
    for (const [at, allowed] of this.#pairs.entries()) {
      const slots = await Promise.all(SLOTS.map((slot) => this.#stateOf(origin, this.#path(at, slot), listed)));
      const seen: Pair = { main: slots[0]!, alias: slots[1]! };
      if (allowed.some((pair) => textOf(pair) === textOf(seen))) this.#pairs[at] = [seen];
      else faults.push(`${this.name} ${at}: ${textOf(seen)}, allowed ${allowed.map(textOf).join(" or ")}`);
    }
    return faults;
  }

  /** What its owner sees in the folder, by path. */
  async #listed(origin: string): Promise<ReadonlyMap<string, Listed>> {
    const url = `${origin}/api/v1/images?path=${this.name}&limit=100`;
    const response = await patiently(() => fetch(url, { headers: this.#headers }));
    const { images } = await response.json() as { images: readonly Listed[] };
    return new Map(images.flatMap((image) => image.paths.map((path) => [path, image])));
  }

  async #stateOf(origin: string, path: string, listed: ReadonlyMap<string, Listed>): Promise<PathState> {
    const image = listed.get(path) ?? null;
    const shown = await stateOf(origin, path);
    if (image === null || image.visibility === "public") {
      if ((image === null) !== (shown === null)) throw new Error(`${path} is listed or shown, not both`);
      return shown === null ? null : { hash: shown, isPrivate: false };
    }
    if (shown !== null) throw new Error(`${path} is private and shown`);
    // In the format of the file itself, or it would be a derivative.
    const body = JSON.stringify({ path, transform: { format: "png" } });
    const url = `${origin}/api/v1/images/${image.id}/signed-url`;
    const response = await patiently(() => fetch(url, { method: "POST", headers: this.#headers, body }));
    const { signed_url: link } = await response.json();
    const { pathname, search } = new URL(link);
    const picture = await patiently(() => fetch(origin + pathname + search));
    const bytes = await picture.bytes();
    if (picture.status !== 200) throw new Error(`${path} with its link → ${picture.status}`);
    return { hash: await sha256(bytes), isPrivate: true };
  }
}

interface Listed {
  readonly id: string;
  readonly paths: readonly string[];
  readonly visibility: "public" | "private";
}

/** Asks again while a machine that is short of time says so: that is no word on what is stored. */
async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (let tries = 0;; tries++) {
    const response = await ask();
    if (!UNAVAILABLE.has(response.status) || tries === PATIENCE) return response;
    await response.body?.cancel();
    await pause(PAUSE_MS);
  }
}

/** SHA-256 of what a path shows, null for 404. @throws for anything else, and for a picture cut short */
export async function stateOf(origin: string, path: string): Promise<string | null> {
  const response = await patiently(() => fetch(`${origin}/i/owner/${path}`));
  const bytes = await response.bytes();
  if (response.status === 404) return null;
  if (response.status !== 200) throw new Error(`${path} → ${response.status}`);
  if (bytes.length !== Number(response.headers.get("content-length"))) throw new Error(`${path} is cut`);
  return await sha256(bytes);
}
