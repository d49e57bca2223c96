/**
 * THE table of administration commands. The command line parses and prints by it, the admin endpoint runs it.
 *
 * @module
 */
import { type ApiKeyId, NameError, parseNewUserName, parseUserName, randomText } from "../../kv/ids.ts";
import type { PlanName, Scope, UserRecord } from "../../kv/records.ts";
import { type AdminArgs, type AdminCommand, type AdminDeps, AdminError } from "./command.ts";
import { UPKEEP_COMMANDS } from "./upkeep_commands.ts";

export { type AdminArgs, type AdminCommand, type AdminDeps, AdminError } from "./command.ts";

const PLANS: readonly PlanName[] = ["free", "pro"];
const SCOPES: readonly Scope[] = ["read", "write"];
const MAX_EXPIRY_DAYS = 365;
const DAY_MS = 24 * 3600 * 1000;
const PASSWORD_CHARS = 20;

function parsePlan(text: string): PlanName {
  const plan = PLANS.find((p) => p === text);
  if (plan === undefined) throw new AdminError(`Plan must be one of ${PLANS.join(", ")}, got "${text}"`);
  return plan;
}

function parseScopes(text: string): Scope[] {
  const words = text.split(",").map((w) => w.trim());
  const wrong = words.find((w) => !(SCOPES as readonly string[]).includes(w));
  if (wrong !== undefined) throw new AdminError(`Scopes must be of ${SCOPES.join(",")}, got "${wrong}"`);
  return SCOPES.filter((s) => words.includes(s));
}

function parseExpiry(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > MAX_EXPIRY_DAYS) {
    throw new AdminError(`--expires-in-days must be a whole number from 1 to ${MAX_EXPIRY_DAYS}, got "${text}"`);
  }
  return now + days * DAY_MS;
}

async function userOf(deps: AdminDeps, name: string): Promise<UserRecord> {
  const user = await deps.users.byName(parseUserName(name));
  if (user === null) throw new AdminError(`There is no user "${name}"`);
  return user;
}

async function createUser(deps: AdminDeps, args: AdminArgs) {
  if (args.username === undefined) throw new AdminError("--username is missing");
  const plan = parsePlan(args.plan ?? deps.config.DEFAULT_PLAN);
  const scopes = parseScopes(args.scopes ?? "read,write");
  const user = await deps.users.create(parseNewUserName(args.username), args.email ?? null, plan);
  if (user === null) throw new AdminError(`User name "${args.username}" is taken`);
  const { key } = await deps.apiKeys.create(user.id, { name: "First key", scopes, expiresAtMs: null });
  return { user_id: user.id, username: user.name, plan: user.plan, api_key: key };
}

async function listUsers(deps: AdminDeps) {
  const users = await deps.users.list();
  return await Promise.all(users.map(async (user) => ({
    user_id: user.id,
    username: user.name,
    email: user.email,
    plan: user.plan,
    ...await deps.images.totals(user.id),
    created_at: new Date(user.createdAtMs).toISOString(),
  })));
}

async function setPlan(deps: AdminDeps, args: AdminArgs) {
  const plan = parsePlan(args.plan!);
  const { id } = await userOf(deps, args.name!);
  const user = await deps.users.setPlan(id, plan);
  return { user_id: id, username: user?.name, plan: user?.plan };
}

async function resetPassword(deps: AdminDeps, args: AdminArgs) {
  const user = await userOf(deps, args.name!);
  const password = randomText(deps.randomBytes, PASSWORD_CHARS);
  await deps.passwords.set(user.id, password);
  await deps.sessions.endAll(user.id);
  return { user_id: user.id, username: user.name, password };
}

async function signInLink(deps: AdminDeps, args: AdminArgs) {
  const user = await userOf(deps, args.name!);
  return { username: user.name, url: `${deps.publicOrigin}/sign-in?token=${await deps.sessions.createLink(user.id)}` };
}

async function createKey(deps: AdminDeps, args: AdminArgs) {
  const user = await userOf(deps, args.name!);
  const { key, record } = await deps.apiKeys.create(user.id, {
    name: args.label ?? "Command line",
    scopes: parseScopes(args.scopes ?? "read,write"),
    expiresAtMs: parseExpiry(args["expires-in-days"], deps.now()),
  });
  return { id: record.id, username: user.name, scopes: record.scopes.join(","), api_key: key };
}

async function listKeys(deps: AdminDeps, args: AdminArgs) {
  const user = await userOf(deps, args.name!);
  return (await deps.apiKeys.list(user.id)).map((key) => ({
    id: key.id,
    name: key.name,
    key_prefix: key.prefix,
    scopes: key.scopes.join(","),
    expires_at: key.expiresAtMs === null ? null : new Date(key.expiresAtMs).toISOString(),
  }));
}

async function revokeKey(deps: AdminDeps, args: AdminArgs) {
  const user = await userOf(deps, args.name!);
  const keys = await deps.apiKeys.list(user.id);
  const matching = keys.filter((k) => k.id === args.key || k.prefix === args.key);
  if (matching.length !== 1) {
    throw new AdminError(
      `${matching.length === 0 ? "No key" : "More than one key"} of "${user.name}" is "${args.key}"`,
    );
  }
  await deps.apiKeys.revoke(user.id, matching[0]!.id as ApiKeyId);
  return { id: matching[0]!.id, key_prefix: matching[0]!.prefix, revoked: true };
}

async function rotateTokenKey(deps: AdminDeps) {
  await deps.signingKeys.rotate();
  return { kids: (await deps.signingKeys.all()).map((key) => key.kid) };
}

const KEY_OPTIONS = { scopes: "read, write or read,write (default both)" };

/** Every command by its one or two words. */
export const ADMIN_COMMANDS: Readonly<Record<string, AdminCommand>> = {
  "user create": {
    positional: [],
    options: { username: "required", email: "optional", plan: "free or pro (default DEFAULT_PLAN)", ...KEY_OPTIONS },
    doc: "Make a user and an API key, which is shown this once",
    run: createUser,
  },
  "user list": { positional: [], options: {}, doc: "All users with their images and bytes", run: listUsers },
  "user plan": { positional: ["name", "plan"], options: {}, doc: "Put a user on the plan free or pro", run: setPlan },
  "user reset-password": {
    positional: ["name"],
    options: {},
    doc: "Set a new random password, shown this once, and end the user's sessions",
    run: resetPassword,
  },
  "user sign-in-link": { positional: ["name"], options: {}, doc: "Make a link that signs in once", run: signInLink },
  "key create": {
    positional: ["name"],
    options: { label: "what the key is for", ...KEY_OPTIONS, "expires-in-days": "1 to 365 (default never)" },
    doc: "Make an API key for a user, shown this once",
    run: createKey,
  },
  "key list": { positional: ["name"], options: {}, doc: "A user's API keys", run: listKeys },
  "token-key rotate": {
    positional: [],
    options: {},
    doc: "Sign tokens with a new key; those of the key before are good to their end, older ones are not",
    run: rotateTokenKey,
  },
  "key revoke": { positional: ["name", "key"], options: {}, doc: "End a key, by id or prefix", run: revokeKey },
  ...UPKEEP_COMMANDS,
};

/**
 * Runs a command by name.
 *
 * @throws {AdminError} for anything that whoever typed it can mend
 */
export async function runAdminCommand(deps: AdminDeps, name: string, args: AdminArgs): Promise<unknown> {
  const command = Object.hasOwn(ADMIN_COMMANDS, name) ? ADMIN_COMMANDS[name]! : null;
  if (command === null) throw new AdminError(`There is no command "${name}"`);
  const missing = command.positional.find((p) => args[p] === undefined);
  if (missing !== undefined) throw new AdminError(`"${name}" needs ${missing.toUpperCase()}`);
  try {
    return await command.run(deps, args);
  } catch (error) {
    throw error instanceof NameError ? new AdminError(error.message) : error;
  }
}
