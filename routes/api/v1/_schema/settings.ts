/**
 * Wire shapes of the settings.
 *
 * @module
 */
import { z } from "zod";
import { OUTPUT_FORMATS } from "../../../../codec/formats.ts";
import { FITS } from "../../../../codec/params.ts";
import { MAX_WIDTH_STEPS } from "../../../../codec/width_steps.ts";

/** Looks of the dashboard. */
export const THEMES = ["light", "dark", "system"] as const;
/** Largest default width and height, in px: that of the parameters `w` and `h`. */
const MAX_SIDE_PX = 10_000;

const quality = z.int("must be a whole number from 1 to 100").min(1, "must be at least 1").max(
  100,
  "must be at most 100",
);
const side = z.int(`must be a whole number from 1 to ${MAX_SIDE_PX}, or null`).min(1, "must be at least 1").max(
  MAX_SIDE_PX,
  `must be at most ${MAX_SIDE_PX}`,
).nullable();
const formats = z.array(
  z.enum(OUTPUT_FORMATS, `must be one of ${OUTPUT_FORMATS.join(", ")}`),
  "must be a list of formats, best first",
).min(1, "must name at least one format").max(OUTPUT_FORMATS.length, "must name each format once")
  .refine((list) => new Set(list).size === list.length, "must name each format once");
const WIDTH_STEPS_RULE = `must be 1 to ${MAX_WIDTH_STEPS} whole numbers from 1 to ${MAX_SIDE_PX}, ascending, or null`;
const widthSteps = z.array(
  z.int(WIDTH_STEPS_RULE).min(1, WIDTH_STEPS_RULE).max(MAX_SIDE_PX, WIDTH_STEPS_RULE),
  WIDTH_STEPS_RULE,
).min(1, WIDTH_STEPS_RULE).max(MAX_WIDTH_STEPS, WIDTH_STEPS_RULE)
  .refine((steps) => steps.every((step, at) => at === 0 || step > steps[at - 1]!), WIDTH_STEPS_RULE).nullable();
const LANGUAGE = /^[a-z]{2,3}(-[A-Z]{2})?$/;

/** A user's settings. */
export const SettingsObject = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  plan: z.enum(["free", "pro"]),
  delivery_formats: z.array(z.enum(OUTPUT_FORMATS)).describe(
    "In order of preference; the first is the format of `cdn_url`",
  ),
  default_quality: z.int().describe("Fills `q` of the URLs that are handed out; a bare URL is not changed by it"),
  default_fit_mode: z.enum(FITS).describe("Fills `fit`"),
  default_max_width: z.int().nullable().describe("Fills `w` for pictures that are wider"),
  default_max_height: z.int().nullable().describe("Fills `h` for pictures that are higher"),
  theme: z.string(),
  language: z.string(),
  strip_originals: z.boolean().describe(
    "Whether uploads lose their GPS position, serial numbers, thumbnails and maker notes: JPEG, PNG, WebP and AVIF",
  ),
  width_steps: z.array(z.int()).nullable().describe(
    "Widths in px that `w` of every picture URL is taken up to, `dpr` counted in; null = any width is made",
  ),
  created_at: z.int().describe("Unix seconds"),
  updated_at: z.int().describe("Unix seconds"),
  total_uploads: z.int().describe("Images that are stored now"),
  storage_used_bytes: z.int(),
});

/** Answer of `GET /api/v1/settings`. */
export const SettingsAnswer = z.object({ settings: SettingsObject });
/** See {@linkcode SettingsAnswer}. */
export type SettingsAnswer = z.infer<typeof SettingsAnswer>;

/** Answer of `PUT /api/v1/settings`. */
export const SettingsUpdateAnswer = z.object({ settings: SettingsObject, message: z.string() });
/** See {@linkcode SettingsUpdateAnswer}. */
export type SettingsUpdateAnswer = z.infer<typeof SettingsUpdateAnswer>;

/** Body of `PUT /api/v1/settings`; what is absent stays. */
export const SettingsUpdate = z.object({
  delivery_formats: formats.optional(),
  default_quality: quality.optional(),
  default_fit_mode: z.enum(FITS, `must be one of ${FITS.join(", ")}`).optional(),
  default_max_width: side.optional().describe("Null = no maximum"),
  default_max_height: side.optional().describe("Null = no maximum"),
  theme: z.enum(THEMES, `must be one of ${THEMES.join(", ")}`).optional(),
  language: z.string("must be a language such as en or pt-BR").regex(LANGUAGE, "must be a language such as en or pt-BR")
    .optional(),
  strip_originals: z.boolean("must be true or false").optional(),
  width_steps: widthSteps.optional().describe("Null = any width"),
});
/** See {@linkcode SettingsUpdate}. */
export type SettingsUpdate = z.infer<typeof SettingsUpdate>;

/** A key that signs links; its secret is never shown. */
export const LinkKeyObject = z.object({
  id: z.string(),
  created_at: z.int().describe("Unix seconds"),
  is_current: z.boolean().describe("Whether new links are signed with it"),
});

/** Answer of `GET /api/v1/settings/signing-keys`. */
export const SigningKeysAnswer = z.object({ signing_keys: z.array(LinkKeyObject), total: z.int() });
/** See {@linkcode SigningKeysAnswer}. */
export type SigningKeysAnswer = z.infer<typeof SigningKeysAnswer>;

/** Body of `POST /api/v1/settings/signing-keys/rotate`. */
export const SigningKeyRotation = z.object({
  keep_previous: z.boolean("must be true or false").default(false).describe(
    "Lets the links of the key that signed until now go on until they expire; without it every link ends at once",
  ),
});

/** Answer of `POST /api/v1/settings/signing-keys/rotate`. */
export const SigningKeyRotationAnswer = z.object({
  success: z.literal(true),
  message: z.string(),
  signing_keys: z.array(LinkKeyObject),
});
/** See {@linkcode SigningKeyRotationAnswer}. */
export type SigningKeyRotationAnswer = z.infer<typeof SigningKeyRotationAnswer>;
