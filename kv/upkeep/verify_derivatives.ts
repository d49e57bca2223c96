/**
 * Rows of derivatives against their blobs, their originals and the counters.
 *
 * @module
 */
import type { Blobs } from "../blobs/blobs.ts";
import type { ImageId, UserId } from "../ids.ts";
import {
  derivativeBlobKey,
  derivativeBytesKey,
  derivativeCountKey,
  derivativeRowKey,
  derivativeRowsPrefix,
  type OriginalRef,
} from "../keys.ts";
import type { DerivativeRow } from "../records.ts";
import { type Store, toCount } from "../store.ts";
import { areOwned } from "./blob_owner.ts";
import type { Fault } from "./faults.ts";

const BLOBS_AT_ONCE = 8;

/** A derivative's row, and whose it is. */
export interface Row {
  readonly original: OriginalRef;
  readonly key: string;
  readonly row: DerivativeRow;
}

function rowOf({ key: [, user, _id, nonce, key], value }: Deno.KvEntry<DerivativeRow>): Row {
  return { original: { user: user as UserId, hash: value.hash, nonce: String(nonce) }, key: String(key), row: value };
}

/** Every row of a derivative, some at a time. */
export async function* batches(store: Store): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  for await (const entry of store.list<DerivativeRow>({ prefix: ["derivative"] })) {
    if (batch.push(rowOf(entry)) < BLOBS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Whether the row still stands and its blob is still not what it says. */
async function isDangling(store: Store, blobs: Blobs, { original, key }: Row): Promise<boolean> {
  const info = await blobs.head(derivativeBlobKey(original, key));
  const row = (await store.get<DerivativeRow>(derivativeRowKey(original, key))).value;
  return row !== null && row.maker === null && info?.size !== row.bytes;
}

async function* verifyCounts(store: Store): AsyncGenerator<Fault> {
  for await (const { key } of store.list<Deno.KvU64>({ prefix: ["derivative_count"] })) {
    const [, user, id, nonce] = key as [string, UserId, ImageId, string];
    // Of an original's rows only the place counts, and the id stands for the hash in it.
    const original: OriginalRef = { user, hash: id, nonce };
    const rows = await Array.fromAsync(store.list({ prefix: derivativeRowsPrefix(original) }));
    const count = toCount(await store.get<Deno.KvU64>(derivativeCountKey(original)));
    const again = (await Array.fromAsync(store.list({ prefix: derivativeRowsPrefix(original) }))).length;
    if (rows.length === again && count !== again) {
      yield { kind: "total_differs", where: `user ${user}, derivatives of ${id}: counter ${count}, rows ${again}` };
    }
  }
}

/** Everything about rows of derivatives that does not fit together. */
export async function* verifyDerivatives(store: Store, blobs: Blobs): AsyncGenerator<Fault> {
  const before = toCount(await store.get<Deno.KvU64>(derivativeBytesKey));
  let bytes = 0;
  for await (const batch of batches(store)) {
    const owned = await areOwned(store, batch.map(({ original }) => ({ original, derivative: null })), false);
    const dangling = await Promise.all(batch.map((row) => row.row.maker === null && isDangling(store, blobs, row)));
    for (const [at, { original, key, row }] of batch.entries()) {
      bytes += row.bytes;
      const where = `user ${original.user}, blob ${derivativeBlobKey(original, key)}`;
      if (dangling[at]) yield { kind: "derivative_row_without_blob", where };
      else if (!owned[at] && (await store.get(derivativeRowKey(original, key))).value !== null) {
        yield { kind: "derivative_row_without_image", where };
      }
    }
  }
  const after = toCount(await store.get<Deno.KvU64>(derivativeBytesKey));
  if (before === after && after !== bytes) {
    yield { kind: "total_differs", where: `bytes of derivatives: counter ${after}, rows ${bytes}` };
  }
  yield* verifyCounts(store);
}
