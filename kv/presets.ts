/**
 * Presets: named parameters of the transform path.
 *
 * @module
 */
import { changeTime } from "./change_time.ts";
import { randomText, type UserId } from "./ids.ts";
import { presetByIdKey, presetCountKey, presetKey, presetsPrefix, presetUsesKey } from "./keys.ts";
import type { PresetRecord } from "./records.ts";
import { type Store, toCount } from "./store.ts";
import type { StateDeps } from "./users.ts";

const ID_CHARS = 12;

/** What a client may say of a preset. */
export type PresetFields = Pick<PresetRecord, "name" | "description" | "params">;

/** See the module's comment. */
export class Presets {
  #store: Store;
  #deps: StateDeps;

  constructor(store: Store, deps: StateDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /** The preset of a name, or null. */
  async byName(user: UserId, name: string): Promise<PresetRecord | null> {
    return (await this.#store.get<PresetRecord>(presetKey(user, name))).value;
  }

  /** The preset of an id, or null. */
  async byId(user: UserId, id: string): Promise<PresetRecord | null> {
    const name = (await this.#store.get<string>(presetByIdKey(user, id))).value;
    return name === null ? null : await this.byName(user, name);
  }

  /** All presets of a user, by name. */
  async list(user: UserId): Promise<PresetRecord[]> {
    const entries = await Array.fromAsync(this.#store.list<PresetRecord>({ prefix: presetsPrefix(user) }));
    return entries.map((e) => e.value);
  }

  /** How often each preset was used. */
  async uses(user: UserId, presets: readonly PresetRecord[]): Promise<number[]> {
    const entries = await this.#store.getMany<Deno.KvU64>(presets.map(({ id }) => presetUsesKey(user, id)));
    return entries.map(toCount);
  }

  /** Makes a preset; `taken` when its name is, `full` when the user has `max` of them. */
  create(user: UserId, fields: PresetFields, max: number): Promise<PresetRecord | "taken" | "full"> {
    const now = this.#deps.now();
    const id = `preset_${randomText(this.#deps.randomBytes, ID_CHARS)}`;
    const preset: PresetRecord = { v: 1, id, user, ...fields, createdAtMs: now, updatedAtMs: now };
    return this.#store.transact<PresetRecord | "taken" | "full">(async () => {
      const named = await this.#store.get(presetKey(user, fields.name));
      const count = await this.#store.get<number>(presetCountKey(user));
      if (named.value !== null) return { result: "taken" };
      if ((count.value ?? 0) >= max) return { result: "full" };
      const operation = this.#store.atomic().check(named, count).set(count.key, (count.value ?? 0) + 1);
      operation.set(named.key, preset).set(presetByIdKey(user, id), fields.name);
      return { commit: operation, result: preset };
    });
  }

  /** Changes a preset, its name too; `taken` when another one has that name, null when there is no such preset. */
  update(user: UserId, name: string, change: Partial<PresetFields>): Promise<PresetRecord | "taken" | null> {
    return this.#store.transact<PresetRecord | "taken" | null>(async () => {
      const entry = await this.#store.get<PresetRecord>(presetKey(user, name));
      if (entry.value === null) return { result: null };
      const nowMs = this.#deps.now();
      const isRenamed = change.name !== undefined && change.name !== name;
      // Another preset may have had the new name until just now.
      const updatedAtMs = changeTime(nowMs, isRenamed ? nowMs : entry.value.updatedAtMs);
      const preset = { ...entry.value, ...change, updatedAtMs };
      const operation = this.#store.atomic().check(entry);
      if (preset.name !== name) {
        const named = await this.#store.get(presetKey(user, preset.name));
        if (named.value !== null) return { result: "taken" };
        operation.check(named).delete(entry.key).set(presetByIdKey(user, preset.id), preset.name);
      }
      return { commit: operation.set(presetKey(user, preset.name), preset), result: preset };
    });
  }

  /** Removes a preset; false when there is none. */
  remove(user: UserId, name: string): Promise<boolean> {
    return this.#store.transact<boolean>(async () => {
      const entry = await this.#store.get<PresetRecord>(presetKey(user, name));
      const count = await this.#store.get<number>(presetCountKey(user));
      if (entry.value === null) return { result: false };
      const { id } = entry.value;
      const operation = this.#store.atomic().check(entry, count).delete(entry.key).delete(presetByIdKey(user, id));
      operation.delete(presetUsesKey(user, id)).set(count.key, Math.max(0, (count.value ?? 0) - 1));
      return { commit: operation, result: true };
    });
  }
}
