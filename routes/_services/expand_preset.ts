/**
 * Presets in delivery URLs.
 *
 * @module
 */
import { type JsonTransform, parseJsonParams } from "../../codec/json_params.ts";
import { isPresetName, type UserId } from "../../kv/ids.ts";
import type { StateDeps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";

/** A preset, read and parsed. */
export interface ExpandedPreset extends JsonTransform {
  readonly id: string;
  /** In ms; by kv/change_time.ts. */
  readonly changedAtMs: number;
}

const SHOWN_NAME_CHARS = 50;

/** Reads a preset. @throws {ServiceError} `validation` when there is none of that name */
export async function expandPreset(state: StateDeps, user: UserId, name: string): Promise<ExpandedPreset> {
  const preset = isPresetName(name) ? await state.presets.byName(user, name) : null;
  if (preset !== null) return { id: preset.id, changedAtMs: preset.updatedAtMs, ...parseJsonParams(preset.params) };
  throw new ServiceError("validation", `There is no preset "${name.slice(0, SHOWN_NAME_CHARS)}"`);
}
