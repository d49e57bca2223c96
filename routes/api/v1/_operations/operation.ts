/**
 * What the route table's rows say of themselves to documents: OpenAPI, the reference page, llms.txt and the README.
 *
 * @module
 */
import { z } from "zod";
import type { ApiErrorCode } from "../../../_http/api_error.ts";
import type { JsonSchema } from "../../../_http/openapi.ts";

/** Groups of operations, in the order in which documents show them. */
export const TAGS = {
  Images: "Upload, find, change and remove pictures",
  Delivery: "Pictures by URL, in any size and format",
  "Signed URLs": "Links to private pictures that end by themselves",
  Presets: "Transforms with a name",
  Usage: "What was used, and what is left of the plan",
  Settings: "What handed-out URLs and the dashboard look like",
  "API keys": "Keys of programs",
  Account: "Sign-up, sign-in, tokens, and the account's end",
  Passkeys: "Sign-in without a password (WebAuthn, in camelCase as WebAuthn itself)",
  Subscription: "Plans, packs and invoices",
  Webhooks: "What payment providers tell",
  Operators: "For whoever runs the server: with the admin token alone",
  Health: "Whether the server lives",
} as const;
/** Name of a group. */
export type Tag = keyof typeof TAGS;

/** A parameter in the path or a header, or in the query where no zod schema reads it. */
export interface Parameter {
  readonly doc: string;
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

/** A body that is not JSON; an empty media type = no body. */
export interface BytesAnswer {
  readonly mediaTypes: readonly string[];
  readonly doc: string;
}

/** What an answer of one status holds: JSON by its schema, or bytes. */
export type Answer = z.ZodType | BytesAnswer;

/** What is known of an operation beyond its row in the route table. */
export interface Operation {
  readonly id: string;
  readonly tag: Tag;
  /** One line without a full stop. */
  readonly summary: string;
  readonly description?: string;
  /** Of the path: `:name`, and for a `*` at its end what stands there, in order. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly query?: z.ZodObject | Readonly<Record<string, Parameter>>;
  /** Headers beside those that every request may have. */
  readonly headers?: Readonly<Record<string, Parameter>>;
  /** A JSON body. */
  readonly body?: z.ZodType;
  /** A multipart form. */
  readonly form?: z.ZodObject;
  /** A valid body. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Errors beyond those that its access and its input bring along. */
  readonly errors?: readonly ApiErrorCode[];
  /** Pro only: 403 on the plan Free. */
  readonly isPro?: boolean;
}

/** Whether an answer is JSON. */
export function isJsonAnswer(answer: Answer): answer is z.ZodType {
  return answer instanceof z.ZodType;
}

/** Answer 304 to `If-None-Match`. */
export const NOT_MODIFIED: BytesAnswer = { mediaTypes: [], doc: "`If-None-Match` names what you have already" };
/** A ZIP. */
export const ZIP: BytesAnswer = { mediaTypes: ["application/zip"], doc: "The archive, as a stream" };

/** An image's id. */
export const IMAGE_ID: Parameter = {
  doc: "The image's id: the first 16 hex digits of its file's SHA-256",
  schema: { type: "string", pattern: "^[0-9a-f]{16}$" },
  example: "0123456789abcdef",
};
/** A user name in the path. */
export const USER_NAME: Parameter = { doc: "Name of the user", schema: { type: "string" }, example: "john" };
/** The rest of a path. */
export const FILE_PATH: Parameter = {
  doc: "Path of the picture; its slashes may come as `/` or `%2F`",
  schema: { type: "string" },
  example: "blog/2024/photo.png",
};
