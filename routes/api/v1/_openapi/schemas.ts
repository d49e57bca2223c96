/**
 * From zod schemas to the JSON schemas of the OpenAPI document.
 *
 * @module
 */
import { z } from "zod";
import type { JsonSchema } from "../../../_http/openapi.ts";
import * as account from "../_schema/account.ts";
import * as admin from "../_schema/admin.ts";
import * as apiKeys from "../_schema/api_keys.ts";
import * as auth from "../_schema/auth.ts";
import * as health from "../_schema/health.ts";
import * as imageChanges from "../_schema/image_changes.ts";
import * as images from "../_schema/images.ts";
import * as passkeys from "../_schema/passkeys.ts";
import * as presets from "../_schema/presets.ts";
import * as settings from "../_schema/settings.ts";
import * as subscription from "../_schema/subscription.ts";
import * as usage from "../_schema/usage.ts";
import type { Parameter } from "../_operations/operation.ts";

const MODULES: readonly Record<string, unknown>[] = [
  ...[account, admin, apiKeys, auth, health, imageChanges, images, passkeys, presets, settings, subscription, usage],
];

const uri = (id: string) => `#/components/schemas/${id}`;

/** Every exported schema under its export's name. */
function registryOf() {
  const registry = z.registry<{ id: string }>();
  for (const [name, value] of MODULES.flatMap((module) => Object.entries(module))) {
    if (value instanceof z.ZodType) registry.add(value, { id: name });
  }
  return registry;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

/**
 * What says nothing goes: bounds of whole numbers as such, and what may be in any JSON. Objects are left open: answers
 * get more fields in time, and unknown ones of requests are ignored.
 */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (!isObject(value)) return value;
  if (typeof value.$ref === "string" && value.$ref.includes("__shared")) return {};
  const entries = Object.entries(value).filter(([key, v]) =>
    key !== "$schema" && key !== "$id" && key !== "propertyNames" && key !== "contentEncoding" &&
    !(key === "additionalProperties" && v === false) &&
    !((key === "maximum" || key === "minimum") && Math.abs(Number(v)) === Number.MAX_SAFE_INTEGER)
  );
  return Object.fromEntries(entries.map(([key, v]) => [key, key === "default" ? v : tidy(v)]));
}

/** All schemas as requests are written (`input`) or as answers are read (`output`). */
function convertAll(io: "input" | "output"): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(registryOf(), { uri, io, unrepresentable: "any" });
  return tidy(schemas) as Record<string, JsonSchema>;
}

function refsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, v]) => key === "$ref" ? [String(v)] : refsIn(v));
}

/** Makes references to named schemas, and keeps those that were referred to. */
export class SchemaBook {
  readonly #all = { input: convertAll("input"), output: convertAll("output") };
  readonly #registry = registryOf();
  readonly #used = new Map<string, JsonSchema>();

  /** A reference, or the schema itself where it is no export of `_schema/`. */
  refer(schema: z.ZodType, io: "input" | "output"): JsonSchema {
    const name = this.#registry.get(schema)?.id;
    if (name === undefined) return tidy(z.toJSONSchema(schema, { io, unrepresentable: "any" })) as JsonSchema;
    this.#use(name, io);
    return { $ref: uri(name) };
  }

  #use(name: string, io: "input" | "output"): void {
    const schema = this.#all[io][name];
    if (schema === undefined || this.#used.has(name)) return;
    this.#used.set(name, schema);
    for (const ref of refsIn(schema)) this.#use(ref.slice(uri("").length), io);
  }

  /** For `components`. */
  used(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#used].toSorted(([a], [b]) => a < b ? -1 : 1));
  }
}

/** The parameters that a query schema reads, and whether each may be left out. */
export function queryParameters(query: z.ZodObject): readonly (readonly [string, Parameter & { required: boolean }])[] {
  const { properties = {} } = tidy(z.toJSONSchema(query, { io: "output", unrepresentable: "any" })) as JsonSchema;
  return Object.entries(properties).map(([name, { description = "", ...schema }]) => {
    const required = !(query.shape[name] as z.ZodType).safeParse(undefined).success;
    return [name, { doc: description, schema, required }] as const;
  });
}
