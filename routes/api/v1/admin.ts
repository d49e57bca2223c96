/**
 * `/api/v1/admin`: for whoever runs the server.
 *
 * @module
 */
import type { UserId } from "../../../kv/ids.ts";
import { ApiError } from "../../_http/api_error.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import { setPlanByHand } from "../../_services/subscriptions.ts";
import type { Deps } from "../../deps.ts";
import { type AdminPlanAnswer, AdminPlanBody } from "./_schema/admin.ts";
import { parseWith } from "./_validate.ts";

/** `POST /api/v1/admin/plan`: puts a user on a plan, whatever they pay. */
export function setPlan(deps: Deps): AppHandler {
  return async function setPlan(c) {
    const { user_id, plan } = parseWith(AdminPlanBody, await readJsonObject(c.req.raw), null);
    const user = await setPlanByHand(deps, user_id as UserId, plan);
    if (user === null) throw new ApiError("NOT_FOUND", "There is no user with this id");
    const answer: AdminPlanAnswer = {
      success: true,
      message: `User "${user.name}" is on the plan ${plan}`,
      user_id: user.id,
      plan: user.plan,
    };
    return c.json(answer, 200, { "cache-control": "no-store" });
  };
}
