/**
 * The state layer, put together once over a store and a blob store.
 *
 * @module
 */
import { AccountRemoval } from "./account_removal.ts";
import { ActiveLinks } from "./active_links.ts";
import { ApiKeys } from "./api_keys.ts";
import { Billing } from "./billing.ts";
import type { Blobs } from "./blobs/blobs.ts";
import { DerivativeRows } from "./derivative_rows.ts";
import { DerivativeSweep } from "./derivative_sweep.ts";
import { DerivativeUses } from "./derivative_uses.ts";
import { Derivatives } from "./derivatives.ts";
import type { RandomBytes } from "./ids.ts";
import { ImageLists } from "./image_lists.ts";
import { Images } from "./images.ts";
import { JwksCache } from "./jwks_cache.ts";
import { LinkKeys } from "./link_keys.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { Originals } from "./originals.ts";
import { Passkeys } from "./passkeys.ts";
import { Passwords } from "./passwords.ts";
import type { Forget } from "./peers.ts";
import { Presets } from "./presets.ts";
import { Quota } from "./quota.ts";
import { RateLimits } from "./rate_limit.ts";
import { Sessions } from "./sessions.ts";
import { SigningKeys } from "./signing_keys.ts";
import { OWN_PATH_MS, SHARED_PATH_MS } from "./known_paths.ts";
import type { Store } from "./store.ts";
import { Trash } from "./trash.ts";
import { UsageBuffer } from "./usage.ts";
import { UploadNotes } from "./upload_notes.ts";
import { Users } from "./users.ts";

/** Where the state is kept, and how much of it in memory. */
export interface StateParts {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly now: () => number;
  readonly randomBytes: RandomBytes;
  readonly newUuid: () => string;
  /** Whether no other process works on the same store: what is remembered of paths lives longer then. */
  readonly isAlone: boolean;
  /** Bytes of derivatives to keep in memory. */
  readonly memoryCacheBytes: number;
  /** Bytes of lists to keep in memory. */
  readonly listMemoryBytes: number;
  /** Bound on the bytes of stored derivatives; 0 = none. */
  readonly derivativeMaxBytes: number;
  /** Most derivatives of an image. */
  readonly derivativeMaxPerImage: number;
  /** After this long nobody is making a derivative any more. */
  readonly reservationMs: number;
  /** Whether anything is refused past a plan's limits. */
  readonly areQuotasOn: boolean;
}

/** The state layer. */
export interface State {
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
  readonly uploadNotes: UploadNotes;
  readonly trash: Trash;
  readonly accountRemoval: AccountRemoval;
  readonly linkKeys: LinkKeys;
  readonly activeLinks: ActiveLinks;
  readonly presets: Presets;
  readonly originals: Originals;
  readonly derivatives: Derivatives;
  readonly derivativeRows: DerivativeRows;
  readonly derivativeUses: DerivativeUses;
  readonly derivativeSweep: DerivativeSweep;
  readonly usage: UsageBuffer;
  readonly quota: Quota;
  readonly rates: RateLimits;
  readonly upkeep: Upkeep;
}

/** Puts the state layer together. */
export function makeState(parts: StateParts): State {
  const { store, blobs, now } = parts;
  const images = new Images(store, now, parts.isAlone ? OWN_PATH_MS : SHARED_PATH_MS);
  const { newUuid } = parts;
  const usage = new UsageBuffer(store, now, newUuid);
  const quota = new Quota(store, usage, now, parts.areQuotasOn);
  const derivatives = new Derivatives(blobs, parts.memoryCacheBytes);
  const { derivativeMaxPerImage: maxPerImage, reservationMs } = parts;
  const rows = new DerivativeRows(store, { now, newUuid, quota, maxPerImage, reservationMs });
  const uses = new DerivativeUses(rows, derivatives, now);
  const maxBytes = parts.derivativeMaxBytes;
  return {
    users: new Users(store, parts),
    apiKeys: new ApiKeys(store, parts),
    sessions: new Sessions(store, parts),
    passwords: new Passwords(store, parts.randomBytes),
    passkeys: new Passkeys(store, now),
    signingKeys: new SigningKeys(store, parts),
    jwksCache: new JwksCache(store, now),
    billing: new Billing(store, now),
    images,
    lists: new ImageLists(store, images, parts.listMemoryBytes),
    uploadNotes: new UploadNotes(store, now),
    trash: new Trash(store, now),
    accountRemoval: new AccountRemoval(store, now),
    linkKeys: new LinkKeys(store, parts),
    activeLinks: new ActiveLinks(store, now),
    presets: new Presets(store, parts),
    originals: new Originals(blobs),
    derivatives,
    derivativeRows: rows,
    derivativeUses: uses,
    derivativeSweep: new DerivativeSweep(store, { rows, uses, derivatives, now, newUuid, maxBytes }),
    usage,
    quota,
    rates: new RateLimits(store, now),
    upkeep: new Upkeep(store, blobs, parts, rows),
  };
}

/** Forgets in this process what it remembers of a user. */
export function forgetHere(state: State, { user, originals, gone, name }: Forget): void {
  state.images.forget(user);
  if (originals === "all") state.derivatives.forgetUser(user);
  else for (const original of originals) state.derivatives.forget(original);
  for (const image of gone) state.usage.forgetImage(user, image);
  if (name === null) return;
  state.users.forgetName(name);
  state.lists.forget(user);
}

/** Writes what is counted in memory, and puts back what is leased: for the end of a process. */
export async function settle({ usage, quota, derivativeUses }: State): Promise<void> {
  await usage.flush();
  await quota.returnIdle(true);
  await derivativeUses.flush();
}
