/**
 * `/api/internal/*`: for the command line of the same machine. Without the admin token there is nothing here.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { ApiError } from "../_http/api_error.ts";
import { readBody } from "../_http/multipart.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { AdminError, runAdminCommand } from "../_admin/commands.ts";
import type { Deps } from "../deps.ts";
import { z } from "zod";
import { parseWith } from "./v1/_validate.ts";

const MAX_BODY_BYTES = 64 * 1024;
const AdminRequest = z.object({ command: z.string(), args: z.record(z.string(), z.string()) });

const notFound = () => new ApiError("NOT_FOUND", "There is nothing at this address");

function hasToken(header: string | null, token: string): boolean {
  const encoder = new TextEncoder();
  const [given, wanted] = [encoder.encode(header ?? ""), encoder.encode(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new ApiError("VALIDATION_ERROR", "Body is not JSON");
  }
}

/** `POST /api/internal/admin` `{command, args}` → `{result}`, or 400 with what the typist can mend. */
export function runAdmin(deps: Deps): AppHandler {
  return async function runAdmin(c) {
    if (!hasToken(c.req.raw.headers.get("authorization"), deps.adminToken)) throw notFound();
    const tooLarge = () => new ApiError("VALIDATION_ERROR", "Body is too large");
    const body = parseWith(AdminRequest, parseJson(await readBody(c.req.raw, MAX_BODY_BYTES, tooLarge)), null);
    try {
      return c.json({ result: await runAdminCommand(deps, body.command, body.args) }, 200, {
        "cache-control": "no-store",
      });
    } catch (error) {
      if (error instanceof AdminError) throw new ApiError("VALIDATION_ERROR", error.message);
      throw error;
    }
  };
}
