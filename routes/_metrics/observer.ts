/**
 * Looks at calls over the program's seams: their times go to the metrics, and into spans where those are wanted.
 *
 * @module
 */
import type { Metrics, Seam } from "./metrics.ts";
import { SPAN_FAILED, type Tracing } from "./tracing.ts";
import type { Span } from "@opentelemetry/api";

/** A call under way. */
export interface Call {
  /** Of OpenTelemetry; null where nobody wants it. */
  readonly span: Span | null;
  /** Ends it. @param error what it failed with @param pausedMs time in which its caller did something else */
  end(error?: unknown, pausedMs?: number): void;
}

/** Bounded name of a failure: its code where it has one, else its class. */
function errorName(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^[a-z_]{1,30}$/.test(code) ? code : error.name;
}

/** See the module's comment. */
export class Observer {
  /** @param tracing null where nobody wants spans */
  constructor(readonly metrics: Metrics, readonly tracing: Tracing | null) {}

  /** Begins a call. */
  begin(seam: Seam, operation: string): Call {
    const startedAt = performance.now();
    const span = this.tracing?.start(`${seam} ${operation}`, {}) ?? null;
    const end = (error?: unknown, pausedMs = 0) => {
      const name = error === undefined ? null : errorName(error);
      this.metrics.call(seam, operation, (performance.now() - startedAt - pausedMs) / 1_000, name);
      if (name !== null) span?.setStatus({ code: SPAN_FAILED, message: name });
      span?.end();
    };
    return { span, end };
  }

  /** Looks at a whole call. */
  async around<T>(seam: Seam, operation: string, run: (call: Call) => Promise<T>): Promise<T> {
    const call = this.begin(seam, operation);
    try {
      const result = await run(call);
      call.end();
      return result;
    } catch (error) {
      call.end(error);
      throw error;
    }
  }

  /** Looks at a walk: what its reader does between two steps does not count. */
  async *walk<T>(seam: Seam, operation: string, steps: AsyncIterable<T>): AsyncGenerator<T> {
    const call = this.begin(seam, operation);
    let pausedMs = 0;
    let failure: unknown;
    try {
      for await (const step of steps) {
        const pausedAt = performance.now();
        yield step;
        pausedMs += performance.now() - pausedAt;
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      call.end(failure, pausedMs);
    }
  }
}
