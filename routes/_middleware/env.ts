/**
 * What middleware leaves for handlers.
 *
 * @module
 */
import type { Context } from "hono";
import type { RateState } from "../../kv/rate_limit.ts";
import type { UserRecord } from "../../kv/records.ts";
import type { Caller } from "../_services/authenticate.ts";

/** Fields that a handler adds to the request's log line. */
export interface LogFields {
  /** memory, store, made, original, not_modified. */
  cache?: string;
  codec_ms?: number;
  bytes?: number;
}

/** Bounded values that the metrics of a request need. */
export interface RequestNotes {
  /** Limit that was reached: `rate`, or the metric of a quota. */
  rejectedBy?: string;
}

/** Variables of a request. */
export interface AppEnv {
  Bindings: {
    /** Of the peer: the client's own, or a proxy's. */
    remoteAddress: string;
  };
  Variables: {
    requestId: string;
    logFields: LogFields;
    /** Headers that an error answer has, too. */
    errorHeaders: Readonly<Record<string, string>> | undefined;
    notes: RequestNotes;
    /** Set on routes that need an API key. */
    caller: Caller;
    /** Set on dashboard routes with a session. */
    sessionUser: UserRecord;
    /** Where the caller stands this minute; null where nothing is limited. */
    rate: RateState | null | undefined;
  };
}

/** Context of a handler. */
export type AppContext = Context<AppEnv>;
/** A handler. */
export type AppHandler = (c: AppContext) => Response | Promise<Response>;
