/**
 * JSON schemas for people: `{id: text of 16 hex digits, …}` instead of nested keywords.
 *
 * @module
 */
import type { JsonSchema } from "./openapi.ts";

const INDENT = "  ";
const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "time (RFC 3339)",
  date: "date",
  uri: "URL",
  email: "e-mail address",
  uuid: "UUID",
  binary: "file",
};
type Schemas = Readonly<Record<string, JsonSchema>>;

/** A schema with its reference followed. */
export function resolved(schema: JsonSchema, schemas: Schemas): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...own } = schema;
  return { ...schemas[$ref.slice($ref.lastIndexOf("/") + 1)], ...own };
}

function range(low: number | undefined, high: number | undefined, unit: string): string {
  const shown = (value: number) => value.toLocaleString("en-US");
  if (low !== undefined && high !== undefined) return ` ${shown(low)}–${shown(high)}${unit}`;
  if (high !== undefined) return ` up to ${shown(high)}${unit}`;
  return low === undefined || low <= 0 ? "" : ` from ${shown(low)}${unit}`;
}

function wordOf(type: string, schema: JsonSchema): string {
  switch (type) {
    case "integer":
      return `integer${range(schema.minimum, schema.maximum, "")}`;
    case "number":
      return `number${range(schema.minimum, schema.maximum, "")}`;
    case "string":
      return FORMATS[schema.format ?? ""] ?? `text${range(schema.minLength, schema.maxLength, " characters")}`;
    default:
      return type;
  }
}

const isNull = ({ type }: JsonSchema) => type === "null";

/** What a value may be, in a few words. */
export function typeText(given: JsonSchema, schemas: Schemas): string {
  const schema = resolved(given, schemas);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeText(one, schemas)).join(" | ");
  if (schema.type === undefined) return "any";
  const types = typeof schema.type === "string" ? [schema.type] : schema.type;
  const words = types.map((type) =>
    type === "array" ? `list of ${typeText(schema.items ?? {}, schemas)}` : wordOf(type, schema)
  );
  return words.join(" | ");
}

/** A field of an object, flattened: `metadata.width`. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly doc: string;
  /** How deep it lies. */
  readonly depth: number;
  readonly default: unknown;
}

/** The object that a value holds, whether it is nullable or a list of them. */
function objectIn(given: JsonSchema, schemas: Schemas): JsonSchema | null {
  const schema = resolved(given, schemas);
  if (schema.properties !== undefined) return schema;
  if (schema.items !== undefined) return objectIn(schema.items, schemas);
  const one = schema.anyOf?.find((s) => !isNull(s));
  return one === undefined ? null : objectIn(one, schemas);
}

/** The fields of an object with those of the objects in it, in order. */
export function fieldsOf(given: JsonSchema, schemas: Schemas, depth = 0): Field[] {
  const schema = objectIn(given, schemas);
  return Object.entries(schema?.properties ?? {}).flatMap(([name, property]) => {
    const { description, default: preset, anyOf } = resolved(property, schemas);
    const doc = description ?? anyOf?.find((one) => one.description !== undefined)?.description ?? "";
    const required = schema?.required?.includes(name) === true && preset === undefined;
    const field: Field = { name, type: typeText(property, schemas), required, doc, depth, default: preset };
    return [field, ...fieldsOf(property, schemas, depth + 1)];
  });
}

/** A schema as an outline: one field a line, those of objects in it further in. */
export function schemaText(schema: JsonSchema, schemas: Schemas): string {
  const fields = fieldsOf(schema, schemas);
  if (fields.length === 0) return typeText(schema, schemas);
  return fields.map(({ name, type, required, doc, depth }) =>
    `${INDENT.repeat(depth)}${name}${required ? "" : "?"}: ${type}${doc === "" ? "" : ` – ${doc}`}`
  ).join("\n");
}
