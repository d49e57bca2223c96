/**
 * Clients that upload, alias, delete, hide and read, and keep their own log of what was acknowledged.
 *
 * Every path has one writer, so after a crash a path may stand in the last state that was acknowledged or in the one
 * that the request under way would have led to, and in no other.
 *
 * @module
 */
import type { SeededRandom } from "../doubles/seeded_random.ts";

/** What a path shows: the SHA-256 of a public or private picture, or nothing. */
export type PathState = { readonly hash: string; readonly isPrivate: boolean } | null;

interface Known {
  /** Acknowledged. */
  now: PathState;
  /** What the request that got no answer would have led to; undefined when there is none. */
  maybe: PathState | undefined;
  /** Id of the image; its last path takes it along. */
  id: string | null;
}

const hex = (bytes: ArrayBuffer) => new Uint8Array(bytes).toHex();
/** SHA-256 in hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

/** One client with paths of its own. */
export class Client {
  readonly paths = new Map<string, Known>();
  acknowledged = 0;
  #n = 0;
  readonly #retired = new Set<string>();

  constructor(
    readonly name: string,
    readonly key: string,
    readonly picture: Uint8Array<ArrayBuffer>,
    readonly random: SeededRandom,
  ) {}

  get #headers() {
    return { authorization: `Bearer ${this.key}` };
  }

  /** Works until the server is gone. @param origin address of the server */
  async work(origin: string): Promise<void> {
    while (true) {
      try {
        await this.#step(origin);
      } catch {
        return;
      }
    }
  }

  async #step(origin: string): Promise<void> {
    // Retired paths make room for others.
    const path = `${this.name}/p${this.random.integer(0, 5) + this.#retired.size * 6}.png`;
    if (this.#retired.has(path)) return;
    const known = this.paths.get(path) ?? { now: null, maybe: undefined, id: null };
    this.paths.set(path, known);
    const kind = known.now === null ? 0 : this.random.integer(0, 4);
    if (kind <= 1) return await this.#upload(origin, path, known);
    if (kind === 2) return await this.#delete(origin, path, known);
    if (kind === 3) return await this.#setVisibility(origin, known);
    await this.#read(origin, path, known);
  }

  /** Carries a change out; without an answer it may have happened or not. */
  async #change(known: Known, after: PathState, send: () => Promise<Response>): Promise<Response | null> {
    known.maybe = after;
    const response = await send();
    // A body that is cut is no acknowledgement either.
    const text = await response.text();
    if (response.status >= 500) return null;
    known.maybe = undefined;
    if (response.ok) {
      known.now = after;
      this.acknowledged++;
    }
    return new Response(text, { status: response.status });
  }

  async #upload(origin: string, path: string, known: Known): Promise<void> {
    const bytes = Uint8Array.from([...this.picture, ...new TextEncoder().encode(`${this.name} ${this.#n++} ${path}`)]);
    const body = new FormData();
    body.append("file", new File([bytes], path.split("/")[1]!));
    body.append("path", path);
    const hash = await sha256(bytes);
    const after = { hash, isPrivate: false };
    const response = await this.#change(
      known,
      after,
      () => fetch(`${origin}/api/v1/images`, { method: "POST", headers: this.#headers, body }),
    );
    if (response?.status === 201) known.id = (await response.json()).id;
  }

  async #delete(origin: string, path: string, known: Known): Promise<void> {
    await this.#change(
      known,
      null,
      () =>
        fetch(`${origin}/api/v1/images/${known.id}/paths?path=${encodeURIComponent(path)}`, {
          method: "DELETE",
          headers: this.#headers,
        }),
    );
  }

  async #setVisibility(origin: string, known: Known): Promise<void> {
    const isPrivate = !known.now!.isPrivate;
    const body = JSON.stringify({ visibility: isPrivate ? "private" : "public" });
    await this.#change(
      known,
      { ...known.now!, isPrivate },
      () => fetch(`${origin}/api/v1/images/${known.id}/visibility`, { method: "PUT", headers: this.#headers, body }),
    );
  }

  async #read(origin: string, path: string, known: Known): Promise<void> {
    const got = await stateOf(origin, path);
    const fits = got === (known.now === null || known.now.isPrivate ? null : known.now.hash);
    if (!fits && known.maybe === undefined) throw new Error(`${path} shows ${got}, not ${JSON.stringify(known.now)}`);
  }

  /** What is wrong with the server's state after a crash. What was open is settled by what is seen. */
  async check(origin: string): Promise<string[]> {
    const faults: string[] = [];
    for (const [path, known] of this.paths) {
      const got = await stateOf(origin, path);
      const shown = (state: PathState) => (state === null || state.isPrivate ? null : state.hash);
      const allowed = known.maybe === undefined ? [known.now] : [known.now, known.maybe];
      const fitting = allowed.filter((state) => shown(state) === got);
      if (fitting.length === 0) {
        faults.push(`${path}: ${got}, allowed ${allowed.map((s) => JSON.stringify(s)).join(" or ")}`);
      }
      // Private and absent look the same: a path of which this isn't known is used no more.
      if (fitting.length > 1) this.#retired.add(path);
      if (known.maybe !== undefined) this.paths.set(path, { ...known, now: fitting[0] ?? null, maybe: undefined });
    }
    for (const path of this.#retired) this.paths.delete(path);
    return faults;
  }
}

/** SHA-256 of what a path shows, null for 404. @throws for anything else, and for a picture cut short */
export async function stateOf(origin: string, path: string): Promise<string | null> {
  const response = await fetch(`${origin}/i/owner/${path}`);
  const bytes = await response.bytes();
  if (response.status === 404) return null;
  if (response.status !== 200) throw new Error(`${path} → ${response.status}`);
  if (bytes.length !== Number(response.headers.get("content-length"))) throw new Error(`${path} is cut`);
  return await sha256(bytes);
}
