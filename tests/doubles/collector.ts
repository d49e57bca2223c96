/**
 * An OpenTelemetry collector that keeps the spans that it is sent (OTLP over HTTP, JSON).
 *
 * @module
 */

/** A span as OTLP has it. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** The collector. */
export interface Collector extends AsyncDisposable {
  /** Settings of a program that sends to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly spans: CollectedSpan[];
}

interface TracesBody {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[] }[];
}

/** Starts a collector on a free port of this machine. */
export function startCollector(): Collector {
  const spans: CollectedSpan[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { resourceSpans = [] } = await request.json() as TracesBody;
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    return Response.json({});
  });
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
    spans,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
