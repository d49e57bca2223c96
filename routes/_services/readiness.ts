/**
 * Whether the program can do its work: what it leans on is asked, and nothing waits for long.
 *
 * @module
 */

import type { CodecPool } from "../../codec/pool.ts";
import type { Blobs } from "../../kv/blobs/blobs.ts";
import type { Store } from "../../kv/store.ts";

/** What is asked. */
export type CheckName = "server" | "kv" | "blobs" | "codecs";

/** Throws, with a message for operators, where something is wrong. */
export type Check = () => Promise<void> | void;

/** What was found: `ok`, or what is wrong. */
export interface ReadinessReport {
  readonly isReady: boolean;
  readonly checks: Readonly<Partial<Record<CheckName, string>>>;
}

/** Looks at what requests need, by calls that change nothing. */
export function checksOf(
  store: Pick<Store, "get">,
  blobs: Pick<Blobs, "check">,
  pool: Pick<CodecPool, "stats">,
): Readonly<Partial<Record<CheckName, Check>>> {
  return {
    kv: async () => void await store.get(["ready"]),
    blobs: () => blobs.check(),
    codecs: () => {
      if (pool.stats.idle + pool.stats.busy === 0) throw new Error("No codec process is running");
    },
  };
}

/** A balancer waits about as long. */
const CHECK_TIMEOUT_MS = 2_000;
/** Many balancers that ask at once cost one round of checks. */
const KEPT_MS = 500;

async function timed(check: Check): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** See the module's comment. */
export class Readiness {
  #checks: Readonly<Partial<Record<CheckName, Check>>>;
  #isLeaving: () => boolean;
  #last: { readonly atMs: number; readonly report: Promise<ReadinessReport> } | null = null;

  /** @param isLeaving set from the signal that ends the server on: not ready at once, whatever the checks say */
  constructor(checks: Readonly<Partial<Record<CheckName, Check>>>, isLeaving: () => boolean) {
    this.#checks = checks;
    this.#isLeaving = isLeaving;
  }

  /** Asks everything at once, or repeats what was found half a second ago. */
  async report(): Promise<ReadinessReport> {
    const nowMs = performance.now();
    if (this.#last === null || nowMs - this.#last.atMs > KEPT_MS) this.#last = { atMs: nowMs, report: this.#ask() };
    const report = await this.#last.report;
    if (!this.#isLeaving()) return report;
    return { isReady: false, checks: { server: "Server is shutting down", ...report.checks } };
  }

  async #ask(): Promise<ReadinessReport> {
    const rows = Object.entries(this.#checks).map(async ([name, check]) => {
      const fault = await timed(check).then(() => null, (error) => String(error?.message ?? error));
      return [name, fault ?? "ok"] as const;
    });
    const checks = Object.fromEntries(await Promise.all(rows));
    return { isReady: Object.values(checks).every((found) => found === "ok"), checks };
  }
}
