/**
 * Wire shapes of the presets.
 *
 * @module
 */
import { z } from "zod";
import { PRESET_NAME } from "../../../../kv/ids.ts";
import { Purged } from "./purged.ts";

const nameRule = "must be 1 to 50 letters, digits, - and _";
const descriptionRule = "must be a text of at most 200 characters, or null";
const paramsRule = "must be an object of transformation parameters";

const name = z.string(nameRule).regex(PRESET_NAME, nameRule);
const description = z.string(descriptionRule).max(200, descriptionRule).nullable();
const params = z.record(z.string(), z.json(), paramsRule);

/** A preset. */
export const PresetAnswer = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  params: z.record(z.string(), z.json()).describe("As they were sent"),
  created_at: z.int().describe("Unix seconds"),
  updated_at: z.int().describe("Unix seconds"),
  usage_count: z.int().describe("Pictures served by it"),
});
/** See {@linkcode PresetAnswer}. */
export type PresetAnswer = z.infer<typeof PresetAnswer>;

/** A preset that was changed. */
export const PresetChangedAnswer = PresetAnswer.extend({ purged: Purged });
/** See {@linkcode PresetChangedAnswer}. */
export type PresetChangedAnswer = z.infer<typeof PresetChangedAnswer>;

/** Answer of `DELETE /api/v1/settings/presets/:name`. */
export const PresetDeletedAnswer = z.object({ success: z.literal(true), message: z.string(), purged: Purged });
/** See {@linkcode PresetDeletedAnswer}. */
export type PresetDeletedAnswer = z.infer<typeof PresetDeletedAnswer>;

/** Answer of `GET /api/v1/settings/presets`. */
export const PresetsAnswer = z.object({ presets: z.array(PresetAnswer), total: z.int() });
/** See {@linkcode PresetsAnswer}. */
export type PresetsAnswer = z.infer<typeof PresetsAnswer>;

/** Body of `POST /api/v1/settings/presets`. */
export const NewPreset = z.object({
  name: name.describe("Case-sensitive, unique among the user's"),
  description: description.default(null),
  params: params.describe(
    "Keys of the URL (`w`, `h`, `fit`, `q` …) and `format`, which counts for URLs without an extension only",
  ),
});

/** Body of `PUT /api/v1/settings/presets/:id`; what is absent stays. */
export const PresetUpdate = z.object({
  name: name.optional(),
  description: description.optional().describe("Null clears it"),
  params: params.optional(),
});
/** See {@linkcode PresetUpdate}. */
export type PresetUpdate = z.infer<typeof PresetUpdate>;
