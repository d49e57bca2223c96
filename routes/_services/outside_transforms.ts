/**
 * Transformations that another delivery server makes: may it, and it did.
 *
 * @module
 */
import { limitOf } from "../../kv/plans.ts";
import { QuotaError } from "../../kv/quota_error.ts";
import type { UserRecord } from "../../kv/records.ts";
import type { Deps } from "../deps.ts";

type TransformDeps = Pick<Deps, "quota" | "usage" | "config">;

/** Whether one more may be made. */
export interface TransformCheck {
  readonly isAllowed: boolean;
  /** Made so far this month; null where that needed no look. */
  readonly current: number | null;
  /** null = unlimited. */
  readonly limit: number | null;
  /** Left of packs. */
  readonly remainingCredit: number;
}

/** Whether one more may be made, found out by spending it and giving it back. */
export async function checkTransform(deps: TransformDeps, user: UserRecord): Promise<TransformCheck> {
  const limit = limitOf(user, "transformations", deps.config.QUOTAS === "on");
  try {
    await deps.quota.giveBack(await deps.quota.spend(user, "transformations"));
    const { transformations } = await deps.quota.credits(user);
    return { isAllowed: true, current: null, limit, remainingCredit: transformations };
  } catch (error) {
    if (!(error instanceof QuotaError)) throw error;
    return { isAllowed: false, current: error.used, limit, remainingCredit: 0 };
  }
}

/** Counts one that was made, also where the limit was reached meanwhile: it happened. */
export async function recordTransform(deps: TransformDeps, user: UserRecord): Promise<void> {
  try {
    await deps.quota.spend(user, "transformations");
  } catch (error) {
    if (!(error instanceof QuotaError)) throw error;
    deps.usage.count(user.id, "transformations");
  }
}
