/**
 * What middleware leaves for handlers.
 *
 * @module
 */
import type { Context } from "hono";
import type { UserRecord } from "../../kv/records.ts";
import type { Caller } from "../_services/authenticate.ts";

/** Fields that a handler adds to the request's log line. */
export interface LogFields {
  /** memory, store, made, original, not_modified. */
  cache?: string;
  codec_ms?: number;
  bytes?: number;
}

/** Variables of a request. */
export interface AppEnv {
  Variables: {
    requestId: string;
    logFields: LogFields;
    /** Set on routes that need an API key. */
    caller: Caller;
    /** Set on dashboard routes with a session. */
    sessionUser: UserRecord;
  };
}

/** Context of a handler. */
export type AppContext = Context<AppEnv>;
/** A handler. */
export type AppHandler = (c: AppContext) => Response | Promise<Response>;
