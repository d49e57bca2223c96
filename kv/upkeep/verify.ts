/**
 * Looks for every inconsistency between KV and blobs, and changes nothing.
 *
 * A server may be running: what is found is looked at again before it counts.
 *
 * @module
 */
import { BlobError, type Blobs } from "../blobs/blobs.ts";
import { unseal } from "../blobs/sealed.ts";
import type { UserId } from "../ids.ts";
import { DERIVATIVES_PREFIX, ORIGINALS_PREFIX } from "../keys.ts";
import type { UserRecord } from "../records.ts";
import type { Store } from "../store.ts";
import { areDerivativesIndexed, areOwned, blobOwner } from "./blob_owner.ts";
import type { Fault } from "./faults.ts";
import type { Orphans } from "./orphans.ts";
import { verifyDerivatives } from "./verify_derivatives.ts";
import { verifyImages } from "./verify_images.ts";
import { verifyOwners, verifyPointers } from "./verify_pointers.ts";

/** How a look goes. */
export interface VerifyOptions {
  /** Reads all bytes, too. */
  readonly isDeep: boolean;
  /** A blob without a record that is younger, in ms, may belong to an upload under way. */
  readonly graceMs: number;
  /** Told of each fault as it is found. */
  readonly onFault: (fault: Fault) => void;
}

/** What was looked at. */
export interface VerifyCounts {
  readonly users: number;
  readonly images: number;
  readonly blobs: number;
  /** Users whose images changed all the while: of them only what every look has shown is said. */
  readonly busyUsers: number;
}

/** See the module's comment. */
export class Verifier {
  #store: Store;
  #blobs: Blobs;
  #now: () => number;
  #orphans: Orphans;

  constructor(store: Store, blobs: Blobs, now: () => number, orphans: Orphans) {
    this.#store = store;
    this.#blobs = blobs;
    this.#now = now;
    this.#orphans = orphans;
  }

  /** Looks at everything. */
  async run({ isDeep, graceMs, onFault }: VerifyOptions): Promise<VerifyCounts> {
    const counts = { users: 0, images: 0, blobs: 0, busyUsers: 0 };
    for await (const { value } of this.#store.list<UserRecord>({ prefix: ["user"] })) {
      counts.users++;
      const verdict = await this.#user(value.id, isDeep);
      counts.images += verdict.images;
      counts.busyUsers += verdict.isBusy ? 1 : 0;
      verdict.faults.forEach(onFault);
    }
    for await (const fault of verifyDerivatives(this.#store, this.#blobs)) onFault(fault);
    for await (const fault of verifyPointers(this.#store)) onFault(fault);
    for await (const fault of verifyOwners(this.#store)) onFault(fault);
    counts.blobs = await this.#blobsWithoutRecords(this.#now() - graceMs, onFault);
    await this.#strangeBlobs(isDeep, onFault);
    return counts;
  }

  async #user(user: UserId, isDeep: boolean) {
    const verdict = await verifyImages(this.#store, this.#blobs, user, isDeep);
    // An account that was removed meanwhile has nothing to be wrong about.
    const isThere = (await this.#store.get<UserRecord>(["user", user])).value !== null;
    return isThere ? verdict : { images: 0, faults: [], isBusy: false };
  }

  async #blobsWithoutRecords(beforeMs: number, onFault: (fault: Fault) => void): Promise<number> {
    let looked = 0;
    for await (const batch of this.#orphans.each((blobs) => looked += blobs)) {
      const old = batch.filter((blob) => blob.modifiedAtMs < beforeMs);
      const isIndexed = await areDerivativesIndexed(this.#store);
      const owned = await areOwned(this.#store, old.map(({ key }) => blobOwner(key)!), isIndexed);
      for (const [at, { key }] of old.entries()) {
        if (!owned[at] && await this.#blobs.head(key) !== null) onFault({ kind: "blob_without_record", where: key });
      }
    }
    return looked;
  }

  /** Keys that nothing here writes; and with a deep look, derivatives whose seal is broken. */
  async #strangeBlobs(isDeep: boolean, onFault: (fault: Fault) => void): Promise<void> {
    for await (const { key } of this.#blobs.list("")) {
      const owner = key.startsWith(ORIGINALS_PREFIX) || key.startsWith(DERIVATIVES_PREFIX) ? blobOwner(key) : null;
      if (owner === null) onFault({ kind: "strange_blob", where: key });
      else if (isDeep && owner.derivative !== null && await this.#isBroken(key)) {
        onFault({ kind: "derivative_damaged", where: key });
      }
    }
  }

  async #isBroken(key: string): Promise<boolean> {
    try {
      const sealed = await this.#blobs.get(key);
      return sealed !== null && await unseal(sealed) === null;
    } catch (error) {
      if (error instanceof BlobError && error.code === "damaged") return true;
      throw error;
    }
  }
}
