/**
 * Refusals that cost next to nothing, for when there is no time left for refusals.
 *
 * A picture that can't be made now is refused once it is known that it isn't stored, which takes a tenth of the time of
 * making it: at ten times the load that can be served, nearly all of the one thread goes into refusals, and what was
 * taken on comes too slowly through it (13 to 27 % of the peak were still served, measured). So where the event loop is
 * late and a user's own pictures leave no place in the queue, that user's requests are refused unlooked at, for a
 * tenth of the time. What is hot in memory is answered all the while, and so is everybody else.
 *
 * @module
 */
import { tooManyError } from "../_http/api_error.ts";
import { decodePath, rawTarget } from "../_http/delivery_url.ts";
import { errorResponse, errorText } from "../_http/error_response.ts";
import { formatHttpDate, wholeSecond } from "../_http/http_date.ts";
import { headerLines, type PlainAnswer, type PlainRequest } from "../_http/plain_head.ts";
import { completeSecurityHeaders } from "../_http/security_headers.ts";
import type { UserName } from "../../kv/ids.ts";
import type { Deps } from "../deps.ts";
import { newRequestId, noteAnswered } from "./observe.ts";

/** What it knows of the rest. */
export type ShedderDeps =
  & Pick<Deps, "config" | "isDraining" | "observer" | "log" | "newUuid" | "now" | "publicOrigin">
  & { readonly users: Pick<Deps["users"], "knownIdOf">; readonly pool: Pick<Deps["pool"], "isCrowdedBy"> };

/** A loop that is later than this has more to do than it can, in ms: beside refusals alone it is in time. */
const LATE_MS = 2;
/**
 * The share that is refused is all with a look at a late loop, and falls by so much with each look at one in time.
 * With 10 ms and steps of a tenth goodput at ten times the peak was 30 to 38 % of it, with these 48 to 70 % (measured).
 */
const STEP_DOWN = 0.02;
/** Pictures of a user, on the program's own host and on one that has nothing else. */
const PICTURE = /^\/i\/([^/?]+)\/./;
const PICTURE_OF_CDN = /^\/([^/?]+)\/./;
const REFUSAL = tooManyError();
const encoder = new TextEncoder();

/** See the module's comment. */
export class LoadShedder {
  #deps: ShedderDeps;
  #route: string;
  /** Of what is asked for by those who crowd the queue, 0 to 1. */
  #share = 0;
  #credit = 0;
  /** Status line and headers, but for those of one answer alone. */
  #head: string;

  /** @param route pattern that metrics know pictures by */
  constructor(deps: ShedderDeps, route: string) {
    this.#deps = deps;
    this.#route = route;
    const { headers } = errorResponse(REFUSAL, "");
    completeSecurityHeaders(headers, deps.publicOrigin.startsWith("https:"));
    this.#head = `HTTP/1.1 503 Service Unavailable\r\n${headerLines(headers)}`;
  }

  /** Tells how late the event loop was, in seconds; called ten times a second. */
  noteDelay(seconds: number): void {
    this.#share = seconds * 1_000 > LATE_MS ? 1 : Math.max(0, this.#share - STEP_DOWN);
  }

  /** The refusal of a request that is not hot, or null: then it is looked at. */
  refuse({ method, host, target }: PlainRequest): PlainAnswer | null {
    if (this.#share === 0 || method !== "GET" || this.#deps.isDraining()) return null;
    const pattern = host === this.#deps.config.CDN_URL?.host ? PICTURE_OF_CDN : PICTURE;
    const name = decodePath(pattern.exec(target)?.[1] ?? "")?.toLowerCase();
    const user = name === undefined ? undefined : this.#deps.users.knownIdOf(name as UserName);
    if (user === undefined || !this.#deps.pool.isCrowdedBy(user)) return null;
    this.#credit += this.#share;
    if (this.#credit < 1) return null;
    this.#credit -= 1;
    const { path } = rawTarget(`http://${host}${target}`);
    const id = newRequestId(this.#deps);
    const answered = { id, method, route: this.#route, path, status: REFUSAL.status, tookMs: 0, fields: {} };
    noteAnswered(this.#deps, { ...answered, rejectedBy: "load" });
    const body = encoder.encode(errorText(REFUSAL, path));
    const date = formatHttpDate(wholeSecond(this.#deps.now()));
    const own = `x-request-id: ${id}\r\ndate: ${date}\r\ncontent-length: ${body.length}\r\n\r\n`;
    return { head: this.#head + own, body };
  }
}
