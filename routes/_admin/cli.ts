/**
 * The command line of administration: text in, text out.
 *
 * @module
 */
import { ADMIN_COMMANDS, type AdminArgs, AdminError } from "./commands.ts";

/** A command line, parsed. */
export interface ParsedCommand {
  readonly name: string;
  readonly args: AdminArgs;
  readonly isJson: boolean;
}

/** How to use it, from the table. */
export function adminHelp(): string {
  const lines = Object.entries(ADMIN_COMMANDS).map(([name, { positional, options, doc }]) => {
    const words = [name, ...positional.map((p) => p.toUpperCase())].join(" ");
    const flags = Object.entries(options).map(([option, what]) => `\n      --${option.padEnd(16)} ${what}`).join("");
    return `  ${words.padEnd(32)} ${doc}${flags}`;
  });
  return `deno task admin COMMAND [--json]\n\n${lines.join("\n")}\n`;
}

/**
 * Parses the words behind `admin`. Options are `--name value` or `--name=value`.
 *
 * @param currentFolder from which paths go: a server that runs the command is somewhere else
 * @throws {AdminError} for unknown commands, options and left-over words
 */
export function parseCommandLine(argv: readonly string[], currentFolder: string): ParsedCommand {
  const words: string[] = [];
  const args: Record<string, string> = {};
  let isJson = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === "--json") isJson = true;
    else if (!word.startsWith("--")) words.push(word);
    else {
      const [option, inline] = word.slice(2).split(/=(.*)/s);
      args[option!] = inline ?? argv[++at] ?? failOption(option!);
    }
  }
  const pair = words.slice(0, 2).join(" ");
  const name = Object.hasOwn(ADMIN_COMMANDS, pair) ? pair : words[0] ?? "";
  const command = Object.hasOwn(ADMIN_COMMANDS, name) ? ADMIN_COMMANDS[name]! : null;
  words.splice(0, name.split(" ").length);
  if (command === null) throw new AdminError(`There is no command "${pair}"\n\n${adminHelp()}`);
  const unknown = Object.keys(args).find((option) => !Object.hasOwn(command.options, option));
  if (unknown !== undefined) throw new AdminError(`"${name}" has no option --${unknown}`);
  if (words.length > command.positional.length) {
    throw new AdminError(`"${name}" has no place for "${words[command.positional.length]}"`);
  }
  words.forEach((word, at) => args[command.positional[at]!] = word);
  for (const path of command.paths ?? []) {
    if (args[path] !== undefined) args[path] = absolutePath(args[path], currentFolder);
  }
  return { name, args, isJson };
}

function absolutePath(path: string, currentFolder: string): string {
  const isAbsolute = path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
  return (isAbsolute ? path : `${currentFolder}/${path}`).replace(/\/+$/, "");
}

function failOption(option: string): never {
  throw new AdminError(`--${option} needs a value`);
}

function formatValue(value: unknown, width: number): string {
  if (!Array.isArray(value)) return String(value ?? "–");
  return value.length === 0 ? "none" : value.join(`\n${" ".repeat(width + 2)}`);
}

function formatRow(row: Record<string, unknown>): string {
  const width = Math.max(...Object.keys(row).map((k) => k.length));
  return Object.entries(row).map(([key, value]) => `${key.padEnd(width)}  ${formatValue(value, width)}`).join("\n");
}

/** The result of a command for people, or as one JSON value on one line. */
export function formatResult(result: unknown, isJson: boolean): string {
  if (isJson) return JSON.stringify(result);
  if (!Array.isArray(result)) return formatRow(result as Record<string, unknown>);
  return result.length === 0 ? "None" : result.map(formatRow).join("\n\n");
}

/** Whether a command has found what it was to look for: the status of the command line then says so. */
export function isBadResult(name: string, result: unknown): boolean {
  return ADMIN_COMMANDS[name]?.isBad?.(result) ?? false;
}

/** Whether a command runs in the command line's own process, be there a server or not. */
export function isHere(name: string): boolean {
  return ADMIN_COMMANDS[name]?.isHere ?? false;
}
