/**
 * The way in: the HTTP server with the gate before it, or the server alone where somebody else bounds connections.
 *
 * @module
 */
import type { RequestHandler } from "./app.ts";
import { type Again, Gate, type GateBounds, type GateStats } from "./gate.ts";
import { GATE_HOST } from "./permissions.ts";

/** What it takes of the system. */
export interface FrontDeps {
  readonly serve: (where: FrontAddress, handler: Deno.ServeHandler<Deno.NetAddr>) => Server;
  readonly listen: (where: FrontAddress) => Deno.TcpListener;
  readonly connect: (where: { hostname: string; port: number }) => Promise<Deno.TcpConn>;
  /** A clock that never goes back, in ms. */
  readonly monotonicMs: () => number;
}

type Server = Deno.HttpServer<Deno.NetAddr>;
/** Where the program can be reached, and the way to end that. */
export interface Front {
  readonly port: number;
  /** Takes no more connections, and resolves when all requests have their answers. */
  shutdown(): Promise<void>;
  /** Null without a gate. */
  gateStats(): GateStats | null;
}

/** Where clients connect. */
export interface FrontAddress {
  readonly hostname: string;
  readonly port: number;
}

/** Those of a careful proxy. The idle time is longer than that of usual balancers, so that they close first. */
export const GATE_TIMES: Omit<GateBounds, "maxConnections"> = { headMs: 10_000, idleMs: 75_000, writeMs: 20_000 };

/** Serves without a gate. @throws {Deno.errors.AddrInUse} */
export function openPlainFront(deps: FrontDeps, address: FrontAddress, handler: RequestHandler): Front {
  const server = deps.serve(address, (request, { remoteAddr }) => handler(request, remoteAddr.hostname));
  return { port: server.addr.port, shutdown: () => server.shutdown(), gateStats: () => null };
}

/** Serves behind a gate. @param again what the gate answers by itself @throws {Deno.errors.AddrInUse} */
export function openGatedFront(
  deps: FrontDeps,
  address: FrontAddress,
  bounds: GateBounds,
  handler: RequestHandler,
  again: Again = () => null,
): Front {
  const listener = deps.listen(address);
  const server = deps.serve({ hostname: GATE_HOST, port: 0 }, async (request, { remoteAddr }) => {
    const client = gate.addressOf(remoteAddr.port) ?? remoteAddr.hostname;
    gate.begin(remoteAddr.port);
    try {
      return await handler(request, client);
    } finally {
      gate.end(remoteAddr.port);
    }
  });
  const connect = () => deps.connect({ hostname: GATE_HOST, port: server.addr.port });
  const gate = new Gate(bounds, { connect, monotonicMs: deps.monotonicMs, again });
  gate.serve(listener);
  return {
    port: (listener.addr as Deno.NetAddr).port,
    gateStats: () => gate.stats,
    async shutdown() {
      gate.stop();
      await server.shutdown();
      await gate.drain();
      gate.close();
    },
  };
}
