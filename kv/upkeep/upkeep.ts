/**
 * Care of all data at once: sweep, verify, export, import. Each walks KV and blobs piece by piece.
 *
 * @module
 */
import type { Blobs } from "../blobs/blobs.ts";
import type { Store } from "../store.ts";
import { Orphans } from "./orphans.ts";
import { Verifier } from "./verify.ts";

/** See the module's comment. */
export class Upkeep {
  readonly orphans: Orphans;
  readonly verifier: Verifier;

  constructor(store: Store, blobs: Blobs, now: () => number) {
    this.orphans = new Orphans(store, blobs, now);
    this.verifier = new Verifier(store, blobs, now);
  }
}
