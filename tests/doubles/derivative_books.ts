/**
 * Whether the bookkeeping of derivatives holds together, whatever has happened to it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Blobs } from "../../kv/blobs/blobs.ts";
import { derivativeBlobKey, type OriginalRef } from "../../kv/keys.ts";
import type { DerivativeRow } from "../../kv/records.ts";
import type { UserId } from "../../kv/ids.ts";

/** A row as it lies in KV. */
export interface BookedDerivative {
  readonly original: OriginalRef;
  readonly key: string;
  readonly row: DerivativeRow;
}

interface Lister {
  list(selector: Deno.KvListSelector): AsyncIterable<Deno.KvEntry<unknown>>;
}

const place = (key: Deno.KvKey) => key.slice(-4).join("/");

/**
 * Asserts that each row has its one entry by time, that counts and bytes are their sums, and that no original has more
 * rows than it may.
 *
 * @returns every row
 */
export async function checkBooks(store: Lister, maxPerImage: number): Promise<BookedDerivative[]> {
  const rows: BookedDerivative[] = [];
  for await (const { key: rowKey, value } of store.list({ prefix: ["derivative"] })) {
    const [, user, , nonce, key] = rowKey as [string, UserId, string, string, string];
    const row = value as DerivativeRow;
    rows.push({ original: { user, hash: row.hash, nonce }, key, row });
  }
  const stored = rows.filter(({ row }) => row.maker === null);
  const timed = (some: readonly BookedDerivative[]) =>
    some.map(({ original: { user, hash, nonce }, key, row }) =>
      `${row.atMs} ${[user, hash.slice(0, 16), nonce, key].join("/")}`
    ).sort();
  const entries = async (kind: string) =>
    (await Array.fromAsync(store.list({ prefix: [kind] }))).map(({ key }) => `${String(key[1])} ${place(key)}`).sort();
  assertEquals(await entries("derivative_use"), timed(stored));
  assertEquals(await entries("derivative_pending"), timed(rows.filter(({ row }) => row.maker !== null)));
  const counts = new Map<string, number>();
  for (const { original: { nonce } } of rows) counts.set(nonce, (counts.get(nonce) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  assertEquals(most <= maxPerImage, true, `${most} rows of one image`);
  for await (const { key, value } of store.list({ prefix: ["derivative_count"] })) {
    assertEquals(Number((value as Deno.KvU64).value), counts.get(String(key[3])) ?? 0, `count of ${String(key[3])}`);
    counts.delete(String(key[3]));
  }
  assertEquals([...counts], [], "rows that are not counted");
  const [bytes] = await Array.fromAsync(store.list({ start: ["derivative_bytes"], end: ["derivative_bytes", 0] }));
  assertEquals(
    bytes === undefined ? 0 : Number((bytes.value as Deno.KvU64).value),
    stored.reduce((sum, { row }) => sum + row.bytes, 0),
  );
  return rows;
}

/** Asserts that the store holds just what is booked, each blob of its size. */
export async function checkBlobs(blobs: Blobs, rows: readonly BookedDerivative[]): Promise<void> {
  const booked = rows.filter(({ row }) => row.maker === null).map(({ original, key, row }) =>
    `${derivativeBlobKey(original, key)} ${row.bytes}`
  );
  const found = (await Array.fromAsync(blobs.list("derivatives/"))).map(({ key, size }) => `${key} ${size}`);
  assertEquals(found.sort(), booked.sort());
}
