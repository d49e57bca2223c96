/**
 * `/api/v1/settings/presets`. One path segment serves id and name: reading and changing look for the id first,
 * deleting for the name.
 *
 * @module
 */
import { parseJsonParams } from "../../../codec/json_params.ts";
import { maxPresets } from "../../../kv/plans.ts";
import type { PresetRecord } from "../../../kv/records.ts";
import type { UserId } from "../../../kv/ids.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import { purge, purgePreset } from "../../_services/purge.ts";
import type { Deps } from "../../deps.ts";
import { presentPurge } from "./_present.ts";
import { quotasOn, requireFeature } from "./_gate.ts";
import {
  NewPreset,
  type PresetAnswer,
  type PresetChangedAnswer,
  type PresetDeletedAnswer,
  type PresetsAnswer,
  PresetUpdate,
} from "./_schema/presets.ts";
import { unixSeconds } from "./_time.ts";
import { parseWith } from "./_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
/** Unknown keys are kept, within reason. */
const MAX_PARAMS_CHARS = 4_096;
const MAX_SEGMENT_CHARS = 64;

const notFound = () => new ApiError("NOT_FOUND", "There is no preset of yours with this id or name");
const taken = (name: string) => new ApiError("CONFLICT", `There is a preset "${name}" already`);

function present(preset: PresetRecord, uses: number): PresetAnswer {
  return {
    id: preset.id,
    name: preset.name,
    description: preset.description,
    params: preset.params as PresetAnswer["params"],
    created_at: unixSeconds(preset.createdAtMs),
    updated_at: unixSeconds(preset.updatedAtMs),
    usage_count: uses,
  };
}

const presentOne = async (deps: Deps, preset: PresetRecord) =>
  present(preset, (await deps.presets.uses(preset.user, [preset]))[0]!);

/** @throws {ParamError} naming the first wrong parameter */
function checkParams(params: Readonly<Record<string, unknown>>): void {
  parseJsonParams(params);
  const size = JSON.stringify(params).length;
  if (size > MAX_PARAMS_CHARS) {
    throw new ApiError(
      "VALIDATION_ERROR",
      `"params" must be at most ${MAX_PARAMS_CHARS} characters of JSON, got ${size}`,
    );
  }
}

async function find(deps: Deps, user: UserId, segment: string, nameFirst: boolean): Promise<PresetRecord> {
  if (segment.length > MAX_SEGMENT_CHARS) throw notFound();
  const byName = () => deps.presets.byName(user, segment);
  const byId = () => deps.presets.byId(user, segment);
  const found = nameFirst ? await byName() ?? await byId() : await byId() ?? await byName();
  if (found === null) throw notFound();
  return found;
}

/** `GET /api/v1/settings/presets`. */
export function listPresets(deps: Deps): AppHandler {
  return async function listPresets(c) {
    requireFeature(deps, c, "presets");
    const { user } = c.get("caller");
    const presets = await deps.presets.list(user.id);
    const uses = await deps.presets.uses(user.id, presets);
    const answer: PresetsAnswer = { presets: presets.map((p, at) => present(p, uses[at]!)), total: presets.length };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `POST /api/v1/settings/presets`. */
export function createPreset(deps: Deps): AppHandler {
  return async function createPreset(c) {
    requireFeature(deps, c, "presets");
    const { user } = c.get("caller");
    const { name, description, params } = parseWith(NewPreset, await readJsonObject(c.req.raw), null);
    checkParams(params);
    const max = maxPresets(user, quotasOn(deps));
    const preset = await deps.presets.create(user.id, { name, description, params }, max);
    if (preset === "taken") throw taken(name);
    if (preset === "full") throw new ApiError("FORBIDDEN", `There are ${max} presets already, as many as the plan has`);
    return c.json(present(preset, 0), 201, NO_STORE);
  };
}

/** `GET /api/v1/settings/presets/:id`. */
export function getPreset(deps: Deps): AppHandler {
  return async function getPreset(c) {
    requireFeature(deps, c, "presets");
    const preset = await find(deps, c.get("caller").user.id, c.req.param("id") ?? "", false);
    return c.json(await presentOne(deps, preset), 200, NO_STORE);
  };
}

/** Body of an update as the state layer takes it: what is absent must not stand there as undefined. */
function changeOf({ name, description, params }: PresetUpdate) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params }),
  };
}

/** `PUT /api/v1/settings/presets/:id`: takes effect at once, since derivatives are keyed by what a preset resolves to. */
export function updatePreset(deps: Deps): AppHandler {
  return async function updatePreset(c) {
    requireFeature(deps, c, "presets");
    const { user } = c.get("caller");
    const body = parseWith(PresetUpdate, await readJsonObject(c.req.raw), null);
    if (body.params !== undefined) checkParams(body.params);
    const { name, params } = await find(deps, user.id, c.req.param("id") ?? "", false);
    const preset = await deps.presets.update(user.id, name, changeOf(body));
    if (preset === "taken") throw taken(body.name ?? name);
    if (preset === null) throw notFound();
    const isSame = JSON.stringify(params) === JSON.stringify(preset.params);
    const purged = isSame
      ? await purge(deps, user.id, { presets: [preset.id] })
      : await purgePreset(deps, user.id, preset.id);
    const answer: PresetChangedAnswer = { ...await presentOne(deps, preset), purged: presentPurge(purged) };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `DELETE /api/v1/settings/presets/:name`. */
export function deletePreset(deps: Deps): AppHandler {
  return async function deletePreset(c) {
    requireFeature(deps, c, "presets");
    const { user } = c.get("caller");
    const { id, name } = await find(deps, user.id, c.req.param("id") ?? "", true);
    if (!await deps.presets.remove(user.id, name)) throw notFound();
    const purged = presentPurge(await purgePreset(deps, user.id, id));
    const answer: PresetDeletedAnswer = { success: true, message: "Preset has been deleted", purged };
    return c.json(answer, 200, NO_STORE);
  };
}
