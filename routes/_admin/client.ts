/**
 * Administration through the running server: one process owns a KV file.
 *
 * @module
 */
import { ADMIN_COMMANDS, type AdminArgs, AdminError } from "./commands.ts";

/** Where a running server says it is; kept in DATA_DIR/server.json. */
export interface ServerNote {
  readonly url: string;
  readonly pid: number;
}

const TIMEOUT_MS = 30_000;

/**
 * Runs a command on the server of a note.
 *
 * @returns its result, or null when nobody listens there any more
 * @throws {AdminError} for what the server refuses, or when it does not answer
 */
export async function runOnServer(
  note: ServerNote,
  token: string,
  command: string,
  args: AdminArgs,
): Promise<{ readonly result: unknown } | null> {
  let response: Response;
  try {
    response = await fetch(`${note.url}/api/internal/admin`, {
      method: "POST",
      headers: { "authorization": `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ command, args }),
      ...(ADMIN_COMMANDS[command]?.isLong ? {} : { signal: AbortSignal.timeout(TIMEOUT_MS) }),
    });
  } catch (error) {
    if (error instanceof DOMException) throw new AdminError(`Server at ${note.url} gave no answer; is it stuck?`);
    return null;
  }
  const body = await response.json().catch(() => null) as { result?: unknown; error?: { message: string } } | null;
  if (response.ok) return { result: body?.result };
  if (response.status === 404) {
    throw new AdminError(
      `Server at ${note.url} does not know this admin token; is ADMIN_TOKEN set for one of the two?`,
    );
  }
  throw new AdminError(body?.error?.message ?? `Server answered ${response.status}`);
}

/** Where a server can be reached on its own machine. @param host that it listens on, maybe all of them */
export function localUrl(host: string, port: number): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host;
  return `http://${name.includes(":") && !name.startsWith("[") ? `[${name}]` : name}:${port}`;
}
