/**
 * What the edge needs, built once in main.ts.
 *
 * @module
 */
import type { CodecPool } from "../codec/pool.ts";
import type { RandomBytes, UserId } from "../kv/ids.ts";
import type { StoredDerivative } from "../kv/derivative_rows.ts";
import type { Leases } from "../kv/leases.ts";
import type { Teller } from "../kv/peers.ts";
import type { State } from "../kv/state.ts";
import type { Turns } from "../kv/turns.ts";
import type { Observer } from "./_metrics/observer.ts";
import type { AttemptLimit } from "./_services/attempt_limit.ts";
import type { EdgePurge } from "./_services/edge_purge.ts";
import type { Readiness } from "./_services/readiness.ts";
import type { SignIn } from "./_services/sign_in_parts.ts";
import type { StripeGate } from "./_services/stripe.ts";
import type { StageTimes } from "./_services/stages.ts";
import type { SingleFlight } from "./_services/single_flight.ts";
import type { Config } from "./config.ts";

/** A line of the log. */
export interface Log {
  info(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** The state layer. */
export type StateDeps = State;

/** Everything. */
export interface Deps extends StateDeps {
  readonly config: Config;
  /** Origin that people use, without a slash at its end. */
  readonly publicOrigin: string;
  readonly pool: Pick<CodecPool, "inspect" | "analyse" | "render" | "strip" | "hold" | "isCrowdedBy" | "stats">;
  readonly flights: SingleFlight<RenderedDerivative>;
  /** Uploads of one user at once; more wait, so that a hundred at once fill no queue that others need. */
  readonly uploadTurns: Turns<UserId>;
  /** Whose tokens are believed, and who issues them. */
  readonly signIn: SignIn;
  /** Tries of passwords. */
  readonly attempts: AttemptLimit;
  readonly signUps: AttemptLimit;
  readonly stripe: StripeGate;
  /** Tells every instance what to forget. */
  readonly peers: Teller;
  /** What only one of all instances does at a time; null where there is only one. */
  readonly leases: Leases | null;
  /** Takes copies away at the edge. */
  readonly edge: EdgePurge;
  readonly log: Log;
  /** Metrics and spans of requests; the seams below have their own. */
  readonly observer: Observer;
  /** Text of `/metrics`. */
  readonly metricsText: () => string;
  readonly readiness: Readiness;
  readonly now: () => number;
  /** Since when pictures are made as they are made now, in ms (kv/release.ts). */
  readonly releasedAtMs: number;
  readonly randomBytes: RandomBytes;
  readonly newUuid: () => string;
  /** Work that goes on after the answer: its failure is logged, shutdown waits for it. */
  readonly background: (name: string, work: Promise<unknown>) => void;
  /** Token that the command line and operators show at `/api/internal/*`. */
  readonly adminToken: string;
  /** Set while the server is going down: new work is refused. */
  readonly isDraining: () => boolean;
}

/** A derivative as its flight leaves it. */
export interface RenderedDerivative {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly from: "memory" | "store" | "made" | "original";
  /** What it is where it stands in for the one that was asked for. */
  readonly standsIn?: StoredDerivative | "original";
  /** Of the flight, whoever else waited for it. */
  readonly times: StageTimes;
}
