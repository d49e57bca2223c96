/**
 * Care of all data at once: sweep, verify, export, import. Each walks KV and blobs piece by piece.
 *
 * @module
 */
import type { Blobs } from "../blobs/blobs.ts";
import type { DerivativeRows } from "../derivative_rows.ts";
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

  constructor(store: Store, blobs: Blobs, deps: UpkeepDeps, rows: Pick<DerivativeRows, "remove">) {
    this.orphans = new Orphans(store, blobs, deps.now, rows);
    this.verifier = new Verifier(store, blobs, deps.now, this.orphans);
    this.exporter = new Exporter(store, blobs, deps);
    this.importer = new Importer(store, blobs, deps);
  }
}
