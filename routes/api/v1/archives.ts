/**
 * ZIP downloads: a folder, or the whole account; and the account's end.
 *
 * @module
 */
import { ApiError } from "../../_http/api_error.ts";
import { PRIVATE_CACHE } from "../../_http/cache_policy.ts";
import { readJsonObject } from "../../_http/json_body.ts";
import type { AppHandler } from "../../_middleware/env.ts";
import { accountArchive, folderArchive } from "../../_services/archive.ts";
import { sanitizeFilename } from "../../_services/image_names.ts";
import { parseFolder } from "../../_services/paths.ts";
import { removeAccount } from "../../_services/remove_account.ts";
import type { Deps } from "../../deps.ts";
import { type AccountDeletedAnswer, AccountDeletion } from "./_schema/account.ts";
import { ArchiveQuery } from "./_schema/image_changes.ts";
import { rfc3339 } from "./_time.ts";
import { parseWith } from "./_validate.ts";

function zipResponse(body: ReadableStream<Uint8Array<ArrayBuffer>>, name: string): Response {
  return new Response(body, {
    headers: {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="${name}.zip"`,
      "cache-control": PRIVATE_CACHE,
    },
  });
}

/** `GET /api/v1/images/archive?path=…`: the originals of a folder and everything below it. */
export function downloadFolder(deps: Deps): AppHandler {
  return async function downloadFolder(c) {
    const { path } = parseWith(ArchiveQuery, c.req.query(), null);
    const folder = parseFolder("path", path ?? "");
    const { user } = c.get("caller");
    const body = await folderArchive(deps, user, folder === "" ? null : folder);
    if (body === null) throw new ApiError("NOT_FOUND", "There is no picture of yours in this folder");
    return zipResponse(body, sanitizeFilename(folder === "" ? user.name : folder.split("/").at(-1)!));
  };
}

/** `GET /api/v1/account/export`. */
export function exportAccount(deps: Deps): AppHandler {
  return function exportAccount(c) {
    const { user } = c.get("caller");
    return zipResponse(accountArchive(deps, user), `${user.name}-export`);
  };
}

/** `DELETE /api/v1/account`: everything goes, and there is no way back. */
export function deleteAccount(deps: Deps): AppHandler {
  return async function deleteAccount(c) {
    const { confirm } = parseWith(AccountDeletion, await readJsonObject(c.req.raw), null);
    const { user } = c.get("caller");
    if (confirm !== user.name) {
      throw new ApiError("VALIDATION_ERROR", `"confirm" must be the account's user name, "${user.name}"`);
    }
    if (user.billing?.status === "active") {
      throw new ApiError("CONFLICT", "Cancel the subscription first, so that nobody goes on paying for it");
    }
    await removeAccount(deps, user);
    const answer: AccountDeletedAnswer = {
      success: true,
      message: "Account deleted",
      deleted_at: rfc3339(deps.now()),
    };
    return c.json(answer, 200, { "cache-control": "no-store" });
  };
}
