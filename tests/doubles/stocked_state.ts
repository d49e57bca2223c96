/**
 * The state layer with users and pictures in it, for tests of what cares for all data at once.
 *
 * @module
 */
import type { Blobs } from "../../kv/blobs/blobs.ts";
import { MemoryBlobs } from "../../kv/blobs/memory.ts";
import { imageIdOfHash, type ImagePath, sha256Hex, type UserName } from "../../kv/ids.ts";
import type { AddResult } from "../../kv/images.ts";
import type { ImageRecord, UserRecord } from "../../kv/records.ts";
import { makeState, type State } from "../../kv/state.ts";
import { seededRandom } from "./seeded_random.ts";
import { openState, testRecord, type TestState } from "./state.ts";

/** See the module's comment. */
export interface StockedState extends Disposable {
  readonly kv: TestState;
  readonly state: State;
  readonly blobs: Blobs;
  addUser(name: string): Promise<UserRecord>;
  /** Takes a picture in as an upload does: bytes, then record, then `derivatives` derivatives. */
  addImage(user: UserRecord, n: number, paths: readonly string[], derivatives?: number): Promise<ImageRecord>;
}

/** Bytes of picture `n`. */
export function pictureBytes(n: number): Uint8Array<ArrayBuffer> {
  return seededRandom(n + 1).bytes(200 + (n % 50));
}

/** Opens empty state. @param blobs memory by default, whose clock is the state's */
export async function openStocked(openBlobs?: () => Blobs): Promise<StockedState> {
  const kv = await openState();
  const blobs = openBlobs?.() ?? new MemoryBlobs(kv.deps.now);
  const state = makeState({
    ...kv.deps,
    store: kv.store,
    blobs,
    isAlone: true,
    memoryCacheBytes: 0,
    listMemoryBytes: 2 ** 24,
    derivativeMaxBytes: 2 ** 30,
    derivativeMaxPerImage: 200,
    reservationMs: 60_000,
    areQuotasOn: true,
  });
  return {
    kv,
    state,
    blobs,
    addUser: async (name) => (await state.users.create(name as UserName, `${name}@example.com`, "pro"))!,
    async addImage(user, n, paths, derivatives = 0) {
      const bytes = pictureBytes(n);
      const hash = await sha256Hex(bytes);
      const id = imageIdOfHash(hash);
      const fresh = { ...testRecord(user.id, n, kv.clock.nowMs), id, hash, size: bytes.length };
      await state.originals.put(fresh, bytes);
      let added: AddResult | null = null;
      for (const path of paths) {
        added = await state.images.add(user.id, id, path as ImagePath, fresh, null) as AddResult;
      }
      for (let at = 0; at < derivatives; at++) await state.derivatives.put(fresh, `d${at}`, pictureBytes(1_000 + at));
      return added!.record;
    },
    [Symbol.dispose]: () => kv[Symbol.dispose](),
  };
}
