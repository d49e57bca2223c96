/**
 * What the edge needs, built once in main.ts.
 *
 * @module
 */
import type { CodecPool } from "../codec/pool.ts";
import type { AccountRemoval } from "../kv/account_removal.ts";
import type { ActiveLinks } from "../kv/active_links.ts";
import type { ApiKeys } from "../kv/api_keys.ts";
import type { Billing } from "../kv/billing.ts";
import type { Derivatives } from "../kv/derivatives.ts";
import type { RandomBytes, UserId } from "../kv/ids.ts";
import type { ImageLists } from "../kv/image_lists.ts";
import type { Images } from "../kv/images.ts";
import type { JwksCache } from "../kv/jwks_cache.ts";
import type { LinkKeys } from "../kv/link_keys.ts";
import type { Originals } from "../kv/originals.ts";
import type { Passkeys } from "../kv/passkeys.ts";
import type { Passwords } from "../kv/passwords.ts";
import type { Presets } from "../kv/presets.ts";
import type { Quota } from "../kv/quota.ts";
import type { RateLimits } from "../kv/rate_limit.ts";
import type { Sessions } from "../kv/sessions.ts";
import type { SigningKeys } from "../kv/signing_keys.ts";
import type { Trash } from "../kv/trash.ts";
import type { Turns } from "../kv/turns.ts";
import type { UsageBuffer } from "../kv/usage.ts";
import type { Users } from "../kv/users.ts";
import type { AttemptLimit } from "./_services/attempt_limit.ts";
import type { SignIn } from "./_services/sign_in_parts.ts";
import type { StripeGate } from "./_services/stripe.ts";
import type { SingleFlight } from "./_services/single_flight.ts";
import type { Config } from "./config.ts";

/** A line of the log. */
export interface Log {
  info(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** The state layer. */
export interface StateDeps {
  readonly users: Users;
  readonly apiKeys: ApiKeys;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly passkeys: Passkeys;
  readonly signingKeys: SigningKeys;
  readonly jwksCache: JwksCache;
  readonly billing: Billing;
  readonly images: Images;
  readonly lists: ImageLists;
  readonly trash: Trash;
  readonly accountRemoval: AccountRemoval;
  readonly linkKeys: LinkKeys;
  readonly activeLinks: ActiveLinks;
  readonly presets: Presets;
  readonly originals: Originals;
  readonly derivatives: Derivatives;
  readonly usage: UsageBuffer;
  readonly quota: Quota;
  readonly rates: RateLimits;
}

/** Everything. */
export interface Deps extends StateDeps {
  readonly config: Config;
  /** Origin that people use, without a slash at its end. */
  readonly publicOrigin: string;
  readonly pool: Pick<CodecPool, "inspect" | "analyse" | "render" | "strip" | "stats">;
  readonly flights: SingleFlight<RenderedDerivative>;
  /** Uploads of one user at once; more wait, so that a hundred at once fill no queue that others need. */
  readonly uploadTurns: Turns<UserId>;
  /** Whose tokens are believed, and who issues them. */
  readonly signIn: SignIn;
  /** Tries of passwords. */
  readonly attempts: AttemptLimit;
  readonly signUps: AttemptLimit;
  readonly stripe: StripeGate;
  readonly log: Log;
  readonly now: () => number;
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
  readonly from: "memory" | "store" | "made";
  readonly timings: { readonly decodeMs: number; readonly resizeMs: number; readonly encodeMs: number } | null;
}
