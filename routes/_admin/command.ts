/**
 * What a command of administration is.
 *
 * @module
 */
import type { Deps } from "../deps.ts";

/** What commands work on. */
export type AdminDeps = Pick<
  Deps,
  | "config"
  | "users"
  | "apiKeys"
  | "sessions"
  | "passwords"
  | "images"
  | "signingKeys"
  | "upkeep"
  | "now"
  | "randomBytes"
  | "publicOrigin"
>;

/** Arguments: positional ones by name, options by their long name. */
export type AdminArgs = Readonly<Record<string, string>>;

/** A fault of whoever typed the command. */
export class AdminError extends Error {
  override readonly name = "AdminError";
}

/** A row: how a command is written and what it does. */
export interface AdminCommand {
  /** Names of the positional arguments, all required. */
  readonly positional: readonly string[];
  /** Long options → what they mean. */
  readonly options: Readonly<Record<string, string>>;
  readonly doc: string;
  /** Arguments that are paths on this machine, taken from where the command line is. */
  readonly paths?: readonly string[];
  /** Works on files that a server may not touch: runs in the command line's own process beside it. */
  readonly isHere?: boolean;
  /** Takes as long as the data is large: no time-out. */
  readonly isLong?: boolean;
  /** Whether a result is bad news: the command line then ends with status 1. */
  readonly isBad?: (result: unknown) => boolean;
  /** @throws {AdminError} */
  readonly run: (deps: AdminDeps, args: AdminArgs) => Promise<unknown>;
}
