/**
 * The first start: a user, a key, and what to do next.
 *
 * @module
 */
import { beginFirstStart, isFirstStartOpen } from "../../kv/first_start.ts";
import type { UserName } from "../../kv/ids.ts";
import type { Store } from "../../kv/store.ts";
import type { AdminDeps } from "./commands.ts";

/** Name of the user that an empty data folder gets. */
export const FIRST_USER_NAME = "owner" as UserName;

/** What the first start made. */
export interface FirstStart {
  readonly userName: string;
  readonly key: string;
  readonly signInUrl: string;
}

/**
 * Makes the first user (Pro, so that nothing is locked) when there is none, or gives the one of a first start that was
 * broken off a key. {@linkcode endFirstStart} is for the caller, once the key has been shown.
 *
 * @param store of `deps`
 * @param isAlone whether no other process works on the same data
 * @returns null when there are users already, or another instance is at it
 */
export async function makeFirstUser(deps: AdminDeps, store: Store, isAlone: boolean): Promise<FirstStart | null> {
  if (!await isFirstStartOpen(store) && (await deps.users.list()).length > 0) return null;
  if (!await beginFirstStart(store, deps.now(), isAlone)) return null;
  const user = await deps.users.byName(FIRST_USER_NAME) ?? await deps.users.create(FIRST_USER_NAME, null, "pro");
  if (user === null) return null;
  const { key } = await deps.apiKeys.create(user.id, {
    name: "First key",
    scopes: ["read", "write"],
    expiresAtMs: null,
  });
  const token = await deps.sessions.createLink(user.id);
  return { userName: user.name, key, signInUrl: `${deps.publicOrigin}/sign-in?token=${token}` };
}

/** How the welcome shows the key. */
export interface WelcomeOptions {
  readonly publicOrigin: string;
  /** Set without a terminal: the key and the link went to these files, since what is printed may be kept as a log. */
  readonly files: { readonly key: string; readonly link: string } | null;
  /** `deno task` or `npx --yes deno@… task`: how this program was started. */
  readonly taskCommand: string;
}

/** A word as a shell reads it, quoted where it must be. */
function shellWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The text of the first start: address, user, key, link, and three commands that work as pasted. */
export function welcomeText(first: FirstStart, options: WelcomeOptions): string {
  const { publicOrigin, files, taskCommand } = options;
  const keyInShell = files === null ? first.key : `$(cat ${shellWord(files.key)})`;
  const linkInShell = files === null ? first.signInUrl : `$(cat ${shellWord(files.link)})`;
  return `
imgsrc is running at ${publicOrigin}

  user     ${first.userName} (plan pro)
  API key  ${files === null ? `${first.key}  (shown this once)` : `in ${files.key}`}
  sign in  ${files === null ? first.signInUrl : `by the link in ${files.link}`}  (works once, for a day)

Upload a picture:
  curl -F file=@static/sample.jpg -H "Authorization: Bearer ${keyInShell}" ${publicOrigin}/api/v1/images

Fetch it as WebP, 800 wide:
  curl -o sample.webp "${publicOrigin}/i/${first.userName}/sample.webp?w=800"

Open the dashboard:
  ${taskCommand} open "${linkInShell}"
`;
}
