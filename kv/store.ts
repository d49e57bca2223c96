/**
 * Deno KV with the manners that the rest of the program relies on: a time-out on every call, retries of a busy
 * SQLite file in one place, pages that every KV server can answer.
 *
 * @module
 */

import { commitMarkKey } from "./keys.ts";
import { Turns } from "./turns.ts";

/** A KV call that failed for a reason that may pass. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /**
   * @param code `timeout` (no answer in time, or none that arrived: a commit may have happened), `busy` (file locked by
   * others: it has not), `conflict` (too many lost races), `full` (no space left on the disk)
   */
  constructor(readonly code: "timeout" | "busy" | "conflict" | "full", message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Time and chance, as arguments. */
export interface StoreDeps {
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Longest wait for an answer; default {@linkcode CALL_TIMEOUT_MS}. */
  readonly callTimeoutMs?: number;
  /**
   * Names each commit to a KV server, of which a lost answer would make two (see {@linkcode Store.commit}); absent for
   * a file, which loses none.
   */
  readonly newCommitId?: () => string;
  /** Told of entries whose bytes are no value, as far as they can be named; they are left out of lists. */
  readonly onUnreadable?: (what: string) => void;
}

/**
 * A locked file hangs without bound inside Deno KV, and so does a server that is away: a call that takes longer, its
 * retries included, is answered as failed. Its commit may happen all the same, later.
 */
const CALL_TIMEOUT_MS = 4_000;
/** `database is locked` is thrown at once when another process commits; 5 % of tries under load (measured). */
const BUSY_TRIES = 8;
const BUSY_BACKOFF_MS = 10;
/** Lost optimistic races before a commit is given up. */
const CONFLICT_TRIES = 50;
/** Races that are run freely. Who has lost so many queues up with the other losers of this process. */
const FREE_RACES = 3;
/** Self-hosted KV answers lists best in pages of 50. */
const LIST_PAGE = 50;
/** Most keys of one getMany. */
const GET_MANY = 10;
/** Checks that a commit may have: a self-hosted KV takes 10, one of which is for the commit's own mark. */
export const MAX_CHECKS = 9;
/** Keys are up to 2 KiB, and a commit takes 80 KiB of them. */
const DELETES_PER_COMMIT = 40;

/** How long a commit is known by its mark, in ms: more than a server is away while anybody waits for an answer. */
const COMMIT_MARK_MS = 600_000;
/** As long, where the caller named it and carries it out again until it is known to have happened. */
const NAMED_MARK_MS = 86_400_000;

/** Deno's word for bytes that it can't turn into a value. */
const isUnreadable = (error: unknown) => error instanceof RangeError && /deserialize/.test(error.message);
const isBusy = (error: unknown) => error instanceof Error && /database is locked|SQLITE_BUSY/i.test(error.message);
/** The answer of a server was cut off, after which a marked commit can be sent again. */
const isCutOff = (error: unknown) => error instanceof Error && /failed to read response/i.test(error.message);

/** SQLite's words for SQLITE_FULL, and for a write-ahead log that can't grow. */
const isFull = (error: unknown) =>
  error instanceof Error && /disk is full|SQLITE_FULL|disk I\/O error/i.test(error.message);

/** What an attempt of {@linkcode Store.transact} gives back: a commit to try, or a result without one. */
export type Attempt<R> = { readonly commit: Deno.AtomicOperation; readonly result: R } | { readonly result: R };

/** See the module's comment. */
export class Store {
  #kv: Deno.Kv;
  #deps: StoreDeps;
  #losers = new Turns<"all">();

  constructor(kv: Deno.Kv, deps: StoreDeps) {
    this.#kv = kv;
    this.#deps = deps;
  }

  async #call<T>(what: string, run: () => Promise<T>): Promise<T> {
    const timeoutMs = this.#deps.callTimeoutMs ?? CALL_TIMEOUT_MS;
    const untilMs = performance.now() + timeoutMs;
    let wasCutOff = false;
    for (let attempt = 1;; attempt++) {
      try {
        return await withTimeout(
          run(),
          Math.max(0, untilMs - performance.now()),
          `KV ${what} gave no answer within ${timeoutMs} ms`,
        );
      } catch (error) {
        if (isFull(error)) throw new StoreError("full", `KV ${what} found no space on the disk`, { cause: error });
        if (!isBusy(error) && !isCutOff(error)) throw error;
        wasCutOff ||= isCutOff(error);
        if (attempt === BUSY_TRIES) {
          const message = `KV ${what} failed ${attempt} times: ${(error as Error).message}`;
          throw new StoreError(wasCutOff ? "timeout" : "busy", message, { cause: error });
        }
        await this.#deps.sleep(BUSY_BACKOFF_MS * 2 ** attempt * (0.5 + this.#deps.random()));
      }
    }
  }

  /** Reads one entry. */
  get<T>(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<T>> {
    return this.#call("get", () => this.#kv.get<T>(key));
  }

  /** Reads any number of entries, ten at a time, in order. */
  async getMany<T>(keys: readonly Deno.KvKey[]): Promise<Deno.KvEntryMaybe<T>[]> {
    const out: Deno.KvEntryMaybe<T>[] = [];
    for (let at = 0; at < keys.length; at += GET_MANY) {
      const page = keys.slice(at, at + GET_MANY);
      out.push(...await this.#call("getMany", () => this.#kv.getMany<T[]>(page)) as Deno.KvEntryMaybe<T>[]);
    }
    return out;
  }

  /** As {@linkcode getMany}, for lists that go on without an entry whose bytes are no value: null stands for it. */
  async getReadable<T>(keys: readonly Deno.KvKey[]): Promise<(T | null)[]> {
    try {
      return (await this.getMany<T>(keys)).map(({ value }) => value);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return await Promise.all(keys.map((key) => this.#getReadable<T>(key)));
    }
  }

  async #getReadable<T>(key: Deno.KvKey): Promise<T | null> {
    try {
      return (await this.get<T>(key)).value;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.#deps.onUnreadable?.(key.join("/"));
      return null;
    }
  }

  /** Walks a prefix. An entry whose bytes are no value is left out. */
  async *list<T>(selector: Deno.KvListSelector, options: Deno.KvListOptions = {}): AsyncGenerator<Deno.KvEntry<T>> {
    let cursor = options.cursor;
    let left = options.limit ?? Infinity;
    const open = () =>
      this.#kv.list<T>(selector, {
        batchSize: LIST_PAGE,
        ...options,
        ...(cursor === undefined ? {} : { cursor }),
        ...(left === Infinity ? {} : { limit: left }),
      });
    let iterator: Deno.KvListIterator<T> | null = null;
    while (left > 0) {
      const step = await this.#call("list", async () => {
        iterator ??= open();
        const current = iterator;
        // An iterator that threw is finished: the retry opens another one where this one stood.
        iterator = null;
        const next = await current.next();
        iterator = current;
        return next;
      }).catch((error) => {
        if (isUnreadable(error) && options.reverse !== true) return null;
        throw error;
      });
      if (step === null) {
        let taken = 0;
        for await (const entry of this.#listAround<T>(selector, cursor)) {
          if (taken++ >= left) return;
          yield entry;
        }
        return;
      }
      if (step.done) return;
      yield step.value;
      cursor = iterator!.cursor;
      left--;
    }
  }

  /**
   * The rest of a list in which there is an entry that can't be read: Deno gives a page with one of them no more than an
   * error, and never its key. So what is before it is read one by one, and what is behind it from the other end; where
   * there are several, what lies between the first and the last of them is left out, too.
   */
  async *#listAround<T>(selector: Deno.KvListSelector, cursor: string | undefined): AsyncGenerator<Deno.KvEntry<T>> {
    const oneByOne = async (options: Deno.KvListOptions, tell: (entry: Deno.KvEntry<T>) => void) => {
      const iterator = this.#kv.list<T>(selector, { ...options, batchSize: 1 });
      try {
        for (;;) {
          const step = await this.#call("list", () => iterator.next());
          if (step.done) return;
          tell(step.value);
        }
      } catch (error) {
        if (!isUnreadable(error)) throw error;
      }
    };
    const before: Deno.KvEntry<T>[] = [];
    await oneByOne(cursor === undefined ? {} : { cursor }, (entry) => before.push(entry));
    yield* before;
    const behind: Deno.KvEntry<T>[] = [];
    await oneByOne({ reverse: true }, (entry) => behind.push(entry));
    const prefix = "prefix" in selector ? selector.prefix : selector.start;
    this.#deps.onUnreadable?.(
      `an entry under ${prefix.join("/")}, right after ${before.at(-1)?.key.join("/") ?? "the first"}`,
    );
    yield* behind.toReversed();
  }

  /** A new atomic operation, for {@linkcode Store.transact}. */
  atomic(): Deno.AtomicOperation {
    return this.#kv.atomic();
  }

  /**
   * Commits once; false when a check failed.
   *
   * Deno's client of a KV server sends a commit again when the connection ends without an answer. Where the first one
   * had been carried out, sums would count twice, and checks would fail by its own doing: who believes to have lost a
   * race then takes back what is committed. So a commit that has an id leaves a mark, which it checks for itself.
   *
   * @param id of the same commit whenever it is carried out again, after a time-out for instance
   */
  async commit(operation: Deno.AtomicOperation, id?: string): Promise<boolean> {
    const name = id ?? this.#deps.newCommitId?.();
    const mark = name === undefined ? null : commitMarkKey(name);
    if (mark !== null) {
      const expireIn = id === undefined ? COMMIT_MARK_MS : NAMED_MARK_MS;
      operation.check({ key: mark, versionstamp: null }).set(mark, true, { expireIn });
    }
    const { ok } = await this.#call("commit", () => operation.commit());
    return ok || (mark !== null && (await this.get(mark)).value !== null);
  }

  /**
   * Reads, decides and commits until no check fails: `attempt` is called afresh after every lost race. It must not
   * transact itself.
   *
   * Two hundred at once for one key would lose up to two hundred races each, so those who lose take turns: then there
   * is only one of this process to race against other processes.
   *
   * @throws {StoreError} `conflict` after 50 lost races
   */
  async transact<R>(attempt: () => Promise<Attempt<R>>): Promise<R> {
    for (let round = 1; round <= CONFLICT_TRIES; round++) {
      const race = async () => {
        const outcome = await attempt();
        return !("commit" in outcome) || await this.commit(outcome.commit) ? outcome : null;
      };
      const outcome = round <= FREE_RACES ? await race() : await this.#losers.run("all", race);
      if (outcome !== null) return outcome.result;
      await this.#deps.sleep(Math.min(50, round * 2) * this.#deps.random());
    }
    throw new StoreError("conflict", `KV commit lost ${CONFLICT_TRIES} races`);
  }

  /** Deletes everything under a prefix, a page at a time: what is written meanwhile may stay. */
  async deleteAll(prefix: Deno.KvKey): Promise<void> {
    let operation = this.atomic();
    let count = 0;
    for await (const { key } of this.list({ prefix })) {
      operation.delete(key);
      if (++count % DELETES_PER_COMMIT !== 0) continue;
      await this.commit(operation);
      operation = this.atomic();
    }
    if (count % DELETES_PER_COMMIT !== 0) await this.commit(operation);
  }

  /** The entry under a key now, and again after each change of it; changes close together come as one. */
  watch(key: Deno.KvKey): ReadableStream<Deno.KvEntryMaybe<unknown>[]> {
    return this.#kv.watch<unknown[]>([key]);
  }

  /** Closes the KV handle. */
  close(): void {
    this.#kv.close();
  }
}

async function withTimeout<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreError("timeout", message)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Adds to a KvU64; negative numbers too, since the sum wraps at 2^64. */
export function addTo(operation: Deno.AtomicOperation, key: Deno.KvKey, delta: number): void {
  operation.sum(key, BigInt.asUintN(64, BigInt(delta)));
}

/** Reads a KvU64 as a number; 0 where there is none. */
export function toCount(entry: Deno.KvEntryMaybe<Deno.KvU64>): number {
  return entry.value === null ? 0 : Number(entry.value.value);
}
