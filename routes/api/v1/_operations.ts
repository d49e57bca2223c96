/**
 * THE table of what the routes of the API take, answer and mean, by `METHOD path` of the route table. A row of that
 * table with answers of the API does not compile without one here.
 *
 * @module
 */
import { ACCOUNT_OPERATIONS } from "./_operations/account.ts";
import { BUSINESS_OPERATIONS } from "./_operations/business.ts";
import { DELIVERY_OPERATIONS } from "./_operations/delivery.ts";
import { IMAGE_OPERATIONS } from "./_operations/images.ts";
import type { Operation } from "./_operations/operation.ts";

/** Every operation. */
export const OPERATIONS = {
  ...IMAGE_OPERATIONS,
  ...DELIVERY_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...BUSINESS_OPERATIONS,
} as const satisfies Record<string, Operation>;

/** `METHOD path`. */
export type OperationKey = keyof typeof OPERATIONS;

/** Method and path of an operation, as the route table has them. */
export type OperationPlace = {
  [K in OperationKey]: K extends `${infer M} ${infer P}` ? { readonly method: M; readonly path: P } : never;
}[OperationKey];

/** The path as documents write it: `:id` and `*` in braces. */
export function documentedPath(path: string, { parameters = {} }: Operation): string {
  const rest = Object.keys(parameters).map((name) => `{${name}}`).join("/");
  return path.replace(/:([a-z_]+)/g, "{$1}").replace(/\*$/, rest);
}

/** The table of the README. */
export function operationsMarkdown(): string {
  const rows = Object.entries<Operation>(OPERATIONS).map(([key, operation]) => {
    const [method, path] = key.split(" ") as [string, string];
    return `| \`${method} ${documentedPath(path, operation)}\` | ${operation.summary}${
      operation.isPro ? " (Pro)" : ""
    } |`;
  });
  return ["| operation | what it does |", "|---|---|", ...rows].join("\n");
}
