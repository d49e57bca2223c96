/**
 * `/api/v1/settings`: a user's choices, and the keys that sign links.
 *
 * @module
 */
import type { LinkKey, UserRecord, UserSettings } from "../../../kv/records.ts";
import { outputOfExtension } from "../../../codec/formats.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import { userTag } from "../../_services/cache_tags.ts";
import type { Deps } from "../../deps.ts";
import {
  type SettingsAnswer,
  SettingsUpdate,
  type SettingsUpdateAnswer,
  SigningKeyRotation,
  type SigningKeyRotationAnswer,
  type SigningKeysAnswer,
} from "./_schema/settings.ts";
import { unixSeconds } from "./_time.ts";
import { parseWith } from "./_validate.ts";

/** Told of a user who has not chosen one yet. */
const DEFAULT_LANGUAGE = "en";
const NO_STORE = { "cache-control": "no-store" };

async function present(deps: Deps, user: UserRecord): Promise<SettingsAnswer["settings"]> {
  const { images, bytes } = await deps.images.totals(user.id);
  const { settings } = user;
  return {
    id: user.id,
    username: user.name,
    email: user.email,
    plan: user.plan,
    delivery_formats: settings.deliveryFormats.flatMap((format) => outputOfExtension(format) ?? []),
    default_quality: settings.defaultQuality,
    default_fit_mode: settings.defaultFit,
    default_max_width: settings.defaultMaxWidth,
    default_max_height: settings.defaultMaxHeight,
    theme: settings.theme,
    language: settings.language ?? DEFAULT_LANGUAGE,
    strip_originals: settings.stripOriginals ?? false,
    width_steps: settings.widthSteps == null ? null : [...settings.widthSteps],
    created_at: unixSeconds(user.createdAtMs),
    updated_at: unixSeconds(user.updatedAtMs),
    total_uploads: images,
    storage_used_bytes: bytes,
  };
}

/** `GET /api/v1/settings`. */
export function getSettings(deps: Deps): AppHandler {
  return async function getSettings(c) {
    const answer: SettingsAnswer = { settings: await present(deps, c.get("caller").user) };
    return c.json(answer, 200, NO_STORE);
  };
}

type Steps = Pick<UserSettings, "widthSteps" | "widthStepsChangedAtMs">;

/** The widths, and when they became what they are. @param steps absent = as before */
function changedSteps(before: UserSettings, steps: SettingsUpdate["width_steps"], nowMs: number): Steps {
  const { widthSteps = null, widthStepsChangedAtMs } = before;
  const isSame = steps === undefined || steps?.join() === widthSteps?.join();
  if (!isSame) return { widthSteps: steps, widthStepsChangedAtMs: nowMs };
  return { widthSteps, ...(widthStepsChangedAtMs === undefined ? {} : { widthStepsChangedAtMs }) };
}

/** What is absent stays; null is a value of the two maxima alone. */
function changed(settings: UserSettings, update: SettingsUpdate, nowMs: number): UserSettings {
  const { default_max_width: width, default_max_height: height } = update;
  return {
    deliveryFormats: update.delivery_formats ?? settings.deliveryFormats,
    defaultQuality: update.default_quality ?? settings.defaultQuality,
    defaultFit: update.default_fit_mode ?? settings.defaultFit,
    defaultMaxWidth: width === undefined ? settings.defaultMaxWidth : width,
    defaultMaxHeight: height === undefined ? settings.defaultMaxHeight : height,
    theme: update.theme ?? settings.theme,
    language: update.language ?? settings.language,
    stripOriginals: update.strip_originals ?? settings.stripOriginals ?? false,
    ...changedSteps(settings, update.width_steps, nowMs),
  };
}

/** `PUT /api/v1/settings`. */
export function updateSettings(deps: Deps): AppHandler {
  return async function updateSettings(c) {
    const update = parseWith(SettingsUpdate, await readJsonObject(c.req.raw), null);
    const { id } = c.get("caller").user;
    const user = await deps.users.update(id, (u) => ({ ...u, settings: changed(u.settings, update, deps.now()) }));
    if (user === null) throw new ApiError("NOT_FOUND", "Account does not exist any more");
    // Copies of URLs that name a width may be of another one now.
    if (update.width_steps !== undefined) {
      deps.background("purge_width_steps", userTag(id).then((tag) => deps.edge.purge([tag])));
    }
    const answer: SettingsUpdateAnswer = {
      settings: await present(deps, user),
      message: "Settings updated successfully",
    };
    return c.json(answer, 200, NO_STORE);
  };
}

const presentKeys = (keys: readonly LinkKey[]) =>
  keys.map((key, at) => ({ id: key.id, created_at: unixSeconds(key.createdAtMs), is_current: at === 0 }));

/** `GET /api/v1/settings/signing-keys`. */
export function listSigningKeys(deps: Deps): AppHandler {
  return async function listSigningKeys(c) {
    const keys = presentKeys(await deps.linkKeys.list(c.get("caller").user.id));
    const answer: SigningKeysAnswer = { signing_keys: keys, total: keys.length };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/settings/signing-keys/rotate`: ends every signed URL at once, unless the previous key is kept. */
export function rotateSigningKey(deps: Deps): AppHandler {
  return async function rotateSigningKey(c) {
    const body = parseWith(SigningKeyRotation, await readJsonObject(c.req.raw), null);
    const keys = await deps.linkKeys.rotate(c.get("caller").user.id, body.keep_previous);
    const message = body.keep_previous
      ? "Signing key rotated; signed URLs of the previous key go on until they expire"
      : "Signing key rotated; all signed URLs have ended";
    const answer: SigningKeyRotationAnswer = { success: true, message, signing_keys: presentKeys(keys) };
    return c.json(answer, 200, NO_STORE);
  };
}
