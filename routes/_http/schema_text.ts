/**
 * JSON schemas for people: `{id: text of 16 hex digits, …}` instead of nested keywords.
 *
 * @module
 */
import type { JsonSchema } from "./openapi.ts";

const INDENT = "  ";
/** Words for types, with places for what they hold. */
export const TYPE_WORDS = {
  integer: "integer",
  number: "number",
  boolean: "boolean",
  null: "null",
  object: "object",
  text: "text",
  any: "any",
  list: "list of {type}",
  between: "{low}–{high}",
  upTo: "up to {high}",
  from: "from {low}",
  characters: "{range} characters",
  time: "time (RFC 3339)",
  date: "date",
  url: "URL",
  email: "e-mail address",
  uuid: "UUID",
  file: "file",
} as const;
/** The same in any language. */
export type TypeWords = Readonly<Record<keyof typeof TYPE_WORDS, string>>;

const FORMATS: Readonly<Record<string, keyof TypeWords>> = {
  "date-time": "time",
  date: "date",
  uri: "url",
  email: "email",
  uuid: "uuid",
  binary: "file",
};
type Schemas = Readonly<Record<string, JsonSchema>>;

/** A schema with its reference followed. */
export function resolved(schema: JsonSchema, schemas: Schemas): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...own } = schema;
  return { ...schemas[$ref.slice($ref.lastIndexOf("/") + 1)], ...own };
}

function range(low: number | undefined, high: number | undefined, words: TypeWords): string {
  const shown = (value: number) => value.toLocaleString("en-US");
  if (low !== undefined && high !== undefined) {
    return words.between.replace("{low}", shown(low)).replace("{high}", shown(high));
  }
  if (high !== undefined) return words.upTo.replace("{high}", shown(high));
  return low === undefined || low <= 0 ? "" : words.from.replace("{low}", shown(low));
}

function textWord(schema: JsonSchema, words: TypeWords): string {
  const format = FORMATS[schema.format ?? ""];
  if (format !== undefined) return words[format];
  const length = range(schema.minLength, schema.maxLength, words);
  return length === "" ? words.text : `${words.text} ${words.characters.replace("{range}", length)}`;
}

function wordOf(type: string, schema: JsonSchema, words: TypeWords): string {
  if (type === "string") return textWord(schema, words);
  const word = Object.hasOwn(words, type) ? words[type as keyof TypeWords] : type;
  return type === "integer" || type === "number"
    ? `${word} ${range(schema.minimum, schema.maximum, words)}`.trimEnd()
    : word;
}

const isNull = ({ type }: JsonSchema) => type === "null";

/** What a value may be, in a few words. @param words of another language than English */
export function typeText(given: JsonSchema, schemas: Schemas, words: TypeWords = TYPE_WORDS): string {
  const schema = resolved(given, schemas);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeText(one, schemas, words)).join(" | ");
  if (schema.type === undefined) return words.any;
  const types = typeof schema.type === "string" ? [schema.type] : schema.type;
  return types.map((type) => {
    if (type !== "array") return wordOf(type, schema, words);
    return words.list.replace("{type}", () => typeText(schema.items ?? {}, schemas, words));
  }).join(" | ");
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
export function fieldsOf(
  given: JsonSchema,
  schemas: Schemas,
  words: TypeWords = TYPE_WORDS,
  depth = 0,
): Field[] {
  const schema = objectIn(given, schemas);
  return Object.entries(schema?.properties ?? {}).flatMap(([name, property]) => {
    const { description, default: preset, anyOf } = resolved(property, schemas);
    const doc = description ?? anyOf?.find((one) => one.description !== undefined)?.description ?? "";
    const required = schema?.required?.includes(name) === true && preset === undefined;
    const field: Field = { name, type: typeText(property, schemas, words), required, doc, depth, default: preset };
    return [field, ...fieldsOf(property, schemas, words, depth + 1)];
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
