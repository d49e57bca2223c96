/**
 * Care of all data at once: sweep, verify, export, import. Each walks KV and blobs piece by piece.
 *
 * @module
 */
import type { Blobs } from "../blobs/blobs.ts";
import type { Store } from "../store.ts";
import { Exporter, type UpkeepDeps } from "./export.ts";
import { Importer } from "./import.ts";
import { Orphans } from "./orphans.ts";
import { Verifier } from "./verify.ts";

/** See the module's comment. */
export class Upkeep {
  readonly orphans: Orphans;
  readonly verifier: Verifier;
  readonly exporter: Exporter;
  readonly importer: Importer;

  constructor(store: Store, blobs: Blobs, deps: UpkeepDeps) {
    this.orphans = new Orphans(store, blobs, deps.now);
    this.verifier = new Verifier(store, blobs, deps.now);
    this.exporter = new Exporter(store, blobs, deps);
    this.importer = new Importer(store, blobs, deps);
  }
}
