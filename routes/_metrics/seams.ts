/**
 * The seams with somebody who looks on: KV, blobs, codec pool.
 *
 * @module
 */
import type { CodecAnswer } from "../../codec/job.ts";
import type { CodecPool } from "../../codec/pool.ts";
import type { Blobs } from "../../kv/blobs/blobs.ts";
import { Store, type StoreDeps } from "../../kv/store.ts";
import type { Call, Observer } from "./observer.ts";

/** A store whose calls are looked at, each with its retries. */
export class ObservedStore extends Store {
  #observer: Observer;

  constructor(kv: Deno.Kv, deps: StoreDeps, observer: Observer) {
    super(kv, deps);
    this.#observer = observer;
  }

  override get<T>(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<T>> {
    return this.#observer.around("kv", "get", () => super.get<T>(key));
  }

  override getMany<T>(keys: readonly Deno.KvKey[]): Promise<Deno.KvEntryMaybe<T>[]> {
    return this.#observer.around("kv", "getMany", () => super.getMany<T>(keys));
  }

  override list<T>(selector: Deno.KvListSelector, options?: Deno.KvListOptions): AsyncGenerator<Deno.KvEntry<T>> {
    return this.#observer.walk("kv", "list", super.list<T>(selector, options));
  }

  override commit(operation: Deno.AtomicOperation, id?: string): Promise<boolean> {
    return this.#observer.around("kv", "commit", () => super.commit(operation, id));
  }
}

/** A blob store whose calls are looked at. */
export function observedBlobs(blobs: Blobs, observer: Observer): Blobs {
  return {
    check: () => observer.around("blob", "check", () => blobs.check()),
    head: (key) => observer.around("blob", "head", () => blobs.head(key)),
    get: (key, range) => observer.around("blob", "get", () => blobs.get(key, range)),
    put: (key, bytes, options) => observer.around("blob", "put", () => blobs.put(key, bytes, options)),
    delete: (key) => observer.around("blob", "delete", () => blobs.delete(key)),
    list: (prefix) => observer.walk("blob", "list", blobs.list(prefix)),
    sweepUnfinished: (beforeMs) => observer.around("blob", "sweepUnfinished", () => blobs.sweepUnfinished(beforeMs)),
  };
}

/** What the program uses of the pool. */
type Pool = Pick<CodecPool, "inspect" | "analyse" | "strip" | "render" | "hold" | "isCrowdedBy" | "stats">;

/** Stages follow one another and end with the answer: that is how their spans get their times. */
function noteStages(answer: CodecAnswer<unknown>, { span }: Call, { metrics, tracing }: Observer): void {
  let endMs = Date.now();
  for (const [key, ms] of Object.entries(answer.timings).reverse()) {
    const stage = key.replace(/Ms$/, "");
    metrics.stage(stage, ms / 1_000);
    if (span !== null) tracing?.past(span, stage, endMs - ms, endMs);
    endMs -= ms;
  }
}

/** A codec pool whose jobs are looked at. */
export function observedPool(pool: Pool, observer: Observer): Pool {
  const around = <A extends CodecAnswer<unknown>>(operation: string, run: () => Promise<A>) =>
    observer.around("codec", operation, async (call) => {
      const answer = await run();
      noteStages(answer, call, observer);
      return answer;
    });
  return {
    inspect: (job, bytes, options) => around("inspect", () => pool.inspect(job, bytes, options)),
    analyse: (job, bytes, options) => around("analyse", () => pool.analyse(job, bytes, options)),
    strip: (job, bytes, options) => around("strip", () => pool.strip(job, bytes, options)),
    render: (job, bytes, options) => around("render", () => pool.render(job, bytes, options)),
    hold: (party, signal) => pool.hold(party, signal),
    isCrowdedBy: (party) => pool.isCrowdedBy(party),
    get stats() {
      return pool.stats;
    },
  };
}
