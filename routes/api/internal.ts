/**
 * `/api/internal/*`: for the command line of the same machine, and for a delivery server beside this one. Only the admin
 * token opens it.
 *
 * @module
 */
import { NameError, parseImagePath, parseUserName } from "../../kv/ids.ts";
import { isHere } from "../_admin/cli.ts";
import { AdminError, runAdminCommand } from "../_admin/commands.ts";
import { ApiError } from "../_http/api_error.ts";
import { decodePath, rawTarget } from "../_http/delivery_url.ts";
import { readJsonObject } from "../_http/json_body.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { checkTransform, recordTransform } from "../_services/outside_transforms.ts";
import { locatePath } from "../_services/resolve_path.ts";
import type { Deps } from "../deps.ts";
import {
  AdminCommandBody,
  type CheckTransformAnswer,
  type RecordTransformAnswer,
  RecordTransformBody,
  type ResolvePathAnswer,
} from "./v1/_schema/admin.ts";
import { parseWith } from "./v1/_validate.ts";

const NO_STORE = { "cache-control": "no-store" };
const RESOLVE_PREFIX = "/api/internal/resolve-path/";

/** `POST /api/internal/admin` `{command, args}` → `{result}`, or 400 with what the typist can mend. */
export function runAdmin(deps: Deps): AppHandler {
  return async function runAdmin(c) {
    const body = parseWith(AdminCommandBody, await readJsonObject(c.req.raw), null);
    try {
      if (isHere(body.command)) throw new AdminError(`Command "${body.command}" runs on the command line only`);
      return c.json({ result: await runAdminCommand(deps, body.command, body.args) }, 200, NO_STORE);
    } catch (error) {
      if (error instanceof AdminError) throw new ApiError("VALIDATION_ERROR", error.message);
      throw error;
    }
  };
}

async function userNamed(deps: Deps, name: string) {
  try {
    const user = await deps.users.byName(parseUserName(name));
    if (user !== null) return user;
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
  }
  throw new ApiError("NOT_FOUND", "There is no such user");
}

/** `POST /api/internal/record-transform` `{username}`: a transformation was made elsewhere. */
export function recordTransformElsewhere(deps: Deps): AppHandler {
  return async function recordTransformElsewhere(c) {
    const { username } = parseWith(RecordTransformBody, await readJsonObject(c.req.raw), null);
    await recordTransform(deps, await userNamed(deps, username));
    const answer: RecordTransformAnswer = { success: true };
    return c.json(answer, 200, NO_STORE);
  };
}

/** `GET /api/internal/check-transform/:username`: whether one more may be made; 429 when not. */
export function checkTransformElsewhere(deps: Deps): AppHandler {
  return async function checkTransformElsewhere(c) {
    const check = await checkTransform(deps, await userNamed(deps, c.req.param("username") ?? ""));
    const answer: CheckTransformAnswer = {
      allowed: check.isAllowed,
      message: check.isAllowed ? "Transformation allowed" : "Transformations of this month are used up",
      current: check.current,
      limit: check.limit,
      remaining_credit: check.remainingCredit,
    };
    return c.json(answer, check.isAllowed ? 200 : 429, NO_STORE);
  };
}

/** `GET /api/internal/resolve-path/:username/{filepath}`: which image a path means, as delivery would find it. */
export function resolvePathElsewhere(deps: Deps): AppHandler {
  return async function resolvePathElsewhere(c) {
    const [name = "", ...rest] = rawTarget(c.req.url).path.slice(RESOLVE_PREFIX.length).split("/");
    const path = decodePath(rest.join("/"));
    const user = await userNamed(deps, decodePath(name) ?? "");
    if (path === null) throw new ApiError("VALIDATION_ERROR", "Path has broken percent-encoding");
    const located = await locatePath(deps, user.id, parseImagePath(path));
    const answer: ResolvePathAnswer = { found: located !== null, image_id: located?.record.id ?? null };
    return c.json(answer, 200, NO_STORE);
  };
}
