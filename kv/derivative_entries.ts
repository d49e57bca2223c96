/**
 * A derivative's row and its entry by time, as kv/derivative_rows.ts keeps them: where they are and what they weigh.
 *
 * @module
 */
import type { UserId } from "./ids.ts";
import { derivativePendingKey, derivativeUseKey, type OriginalRef } from "./keys.ts";
import type { DerivativeRow } from "./records.ts";

/** A derivative by its name in the store. */
export interface DerivativeRef {
  readonly original: OriginalRef;
  /** From codec/derivative_key.ts. */
  readonly key: string;
}

/** The entry by time that goes with a row. */
export function timeKeyOf(original: OriginalRef, key: string, row: DerivativeRow): Deno.KvKey {
  const keyAt = row.maker === null ? derivativeUseKey : derivativePendingKey;
  return keyAt(row.atMs, original, key);
}

/** Where an entry of a list belongs. @throws never: keys are made in kv/keys.ts alone */
export function refOf({ key: rowKey, value }: Deno.KvEntry<DerivativeRow>): DerivativeRef {
  const [, user, , nonce, key] = rowKey as [string, UserId, string, string, string];
  return { original: { user, hash: value.hash, nonce }, key };
}

/** Bytes that a row counts for: none while its derivative is made. */
export function weigh({ maker, bytes }: DerivativeRow): number {
  return maker === null ? bytes : 0;
}
