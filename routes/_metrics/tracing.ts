/**
 * Spans for OpenTelemetry, by what Deno itself exports when `OTEL_DENO=true`.
 *
 * @module
 */
import type { Attributes, Span } from "@opentelemetry/api";

/** The package's module: loaded only where spans are wanted, for its 13 MB. */
type Api = Pick<typeof import("@opentelemetry/api"), "trace" | "context">;

/** Makes spans. */
export interface Tracing {
  /** A span below the current request. */
  start(name: string, attributes: Attributes): Span;
  /** A span that is over already, below another one. Times in ms since 1970. */
  past(parent: Span, name: string, startMs: number, endMs: number): void;
  /** Names the current request's span by its route. Deno has put the whole URL into it, which can't be taken out. */
  nameRequest(method: string, route: string): void;
}

/** OpenTelemetry's code of a span that failed. */
export const SPAN_FAILED = 2;

/** Makes spans by the package's module. */
export function createTracing({ trace, context }: Api): Tracing {
  const tracer = trace.getTracer("imgsrc");
  return {
    start: (name, attributes) => tracer.startSpan(name, { attributes }),
    past(parent, name, startMs, endMs) {
      tracer.startSpan(name, { startTime: startMs }, trace.setSpan(context.active(), parent)).end(endMs);
    },
    nameRequest(method, route) {
      const span = trace.getActiveSpan();
      span?.updateName(`${method} ${route}`);
      span?.setAttribute("http.route", route);
    },
  };
}
