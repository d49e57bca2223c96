/**
 * The OpenAPI document, made from the route table, the operations, the zod schemas and the error table.
 *
 * @module
 */
import type { z } from "zod";
import { API_ERRORS, type ApiErrorCode } from "../../../_http/api_error.ts";
import type {
  OpenApiContent,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiParameter,
  OpenApiResponse,
} from "../../../_http/openapi.ts";
import { documentedPath, type OperationKey, OPERATIONS } from "../_operations.ts";
import { type Answer, isJsonAnswer, type Operation, type Parameter, TAGS } from "../_operations/operation.ts";
import { queryParameters, SchemaBook } from "./schemas.ts";

/** What the document needs of a row of the route table. */
export interface DocumentedRow {
  readonly method: string;
  readonly path: string;
  readonly access: string;
  /** Answered when the quota is used up, too. */
  readonly alwaysAnswers: boolean;
}

/** Where the API is, and where pictures are when they have a host of their own. */
export interface Places {
  readonly origin: string;
  readonly pictureOrigin: string;
}

const VERSION = "1.0.0";
const ABOUT = "Upload a picture once, then ask for it by URL in any size and format. " +
  "Programs send `Authorization: Bearer imgsrc_…` (an API key) or a signed token; the scope `read` is for GET, " +
  "`write` for the rest. Every error is one envelope. `X-RateLimit-*` stand on every answer of the API. Keys without " +
  "a value are null, never absent; more keys may come in time.";

const RATE_HEADERS = {
  "X-RateLimit-Limit": { $ref: "#/components/headers/RateLimit" },
  "X-RateLimit-Remaining": { $ref: "#/components/headers/RateRemaining" },
  "X-RateLimit-Reset": { $ref: "#/components/headers/RateReset" },
};
const RETRY_HEADER = { "Retry-After": { $ref: "#/components/headers/RetryAfter" } };
const integer = (description: string) => ({ description, schema: { type: "integer" } });
const HEADERS = {
  RateLimit: integer("Requests a minute"),
  RateRemaining: integer("What is left of them"),
  RateReset: integer("When the minute ends, Unix seconds"),
  RetryAfter: integer("Seconds until another try makes sense"),
};

const ERROR_ANSWER = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "status", "path"],
      properties: {
        code: { type: "string", enum: Object.keys(API_ERRORS) },
        message: { type: "string", description: "For people: what was wrong, what is allowed" },
        status: { type: "integer", description: "The HTTP status" },
        path: { type: "string", description: "The request's path" },
      },
    },
  },
};

const isKeyed = (access: string) => access === "read" || access === "write";

/** Errors that come with how an operation is reached and what it takes. */
function errorsOf(row: DocumentedRow, operation: Operation): ReadonlySet<ApiErrorCode> {
  const errors = new Set<ApiErrorCode>(operation.errors);
  if (operation.body || operation.form || operation.query) errors.add("VALIDATION_ERROR");
  if (isKeyed(row.access)) {
    for (const code of ["UNAUTHORIZED", "FORBIDDEN", "RATE_LIMIT_EXCEEDED"] as const) errors.add(code);
    if (!row.alwaysAnswers) errors.add("PLAN_LIMIT_EXCEEDED");
  }
  if (row.access === "admin") errors.add("NOT_FOUND");
  return errors.add("INTERNAL_ERROR").add("BUSY");
}

function content(answer: Answer, book: SchemaBook): OpenApiContent | null {
  if (isJsonAnswer(answer)) return { "application/json": { schema: book.refer(answer, "output") } };
  return answer.mediaTypes.length === 0 ? null : Object.fromEntries(answer.mediaTypes.map((type) => [type, {}]));
}

type Responses = Record<string, OpenApiResponse>;

const hasRates = ({ path }: DocumentedRow) => path.startsWith("/api/") || path === "/health";

/** Refers to the answer of an error's status; operations with the same errors share it. */
function errorResponse(codes: readonly ApiErrorCode[], rates: object, shared: Responses): OpenApiResponse {
  const name = (rates === RATE_HEADERS ? codes : [...codes, "UNLIMITED"]).join("_");
  shared[name] ??= {
    description: codes.map((code) => `\`${code}\`: ${API_ERRORS[code].doc}`).join(". "),
    headers: codes.some((code) => "retryAfterSeconds" in API_ERRORS[code])
      ? { ...rates, ...RETRY_HEADER }
      : { ...rates },
    content: { "application/json": { schema: { $ref: "#/components/schemas/ErrorAnswer" } } },
  };
  return { $ref: `#/components/responses/${name}` };
}

function makeResponses(row: DocumentedRow, operation: Operation, book: SchemaBook, shared: Responses): Responses {
  const rates = hasRates(row) ? RATE_HEADERS : {};
  const responses: Responses = {};
  for (const [status, answer] of Object.entries(operation.answers)) {
    const body = content(answer, book);
    const description = isJsonAnswer(answer) ? operation.summary : answer.doc;
    responses[status] = { description, headers: rates, ...(body === null ? {} : { content: body }) };
  }
  const errors = [...errorsOf(row, operation)].toSorted();
  for (const status of new Set(errors.map((code) => API_ERRORS[code].status).toSorted())) {
    const codes = errors.filter((code) => API_ERRORS[code].status === status);
    responses[status] ??= errorResponse(codes, rates, shared);
  }
  return responses;
}

function parameter(name: string, place: OpenApiParameter["in"], given: Parameter, required: boolean): OpenApiParameter {
  const { doc, schema, example } = given;
  return { name, in: place, required, description: doc, schema, ...(example === undefined ? {} : { example }) };
}

const isZodObject = (query: NonNullable<Operation["query"]>): query is z.ZodObject => "safeParse" in query;

function parametersOf({ parameters = {}, query = {}, headers = {} }: Operation): OpenApiParameter[] {
  const inPath = Object.entries(parameters).map(([name, given]) => parameter(name, "path", given, true));
  const inQuery = isZodObject(query)
    ? queryParameters(query).map(([name, given]) => parameter(name, "query", given, given.required))
    : Object.entries(query).map(([name, given]) => parameter(name, "query", given, false));
  const inHeaders = Object.entries(headers).map(([name, given]) => parameter(name, "header", given, false));
  return [...inPath, ...inQuery, ...inHeaders];
}

function requestOf({ body, form, example }: Operation, book: SchemaBook) {
  if (form !== undefined) {
    return { required: true, content: { "multipart/form-data": { schema: book.refer(form, "input") } } };
  }
  if (body === undefined) return null;
  const required = !body.safeParse({}).success;
  const shown = example === undefined ? {} : { example };
  return { required, content: { "application/json": { schema: book.refer(body, "input"), ...shown } } };
}

function securityOf({ access }: DocumentedRow): OpenApiOperation["security"] {
  if (access === "admin") return [{ adminToken: [] }];
  return isKeyed(access) ? [{ apiKey: [access] }, { session: [access] }] : [];
}

function describe(row: DocumentedRow, operation: Operation): string {
  const scope = isKeyed(row.access) ? `Scope \`${row.access}\`.` : "";
  return [operation.description, scope, operation.isPro ? "Plan Pro." : ""].filter(Boolean).join(" ");
}

function operationOf(row: DocumentedRow, operation: Operation, book: SchemaBook, shared: Responses) {
  const [parameters, requestBody] = [parametersOf(operation), requestOf(operation, book)];
  const description = describe(row, operation);
  return {
    operationId: operation.id,
    tags: [operation.tag] as const,
    summary: operation.summary,
    ...(description === "" ? {} : { description }),
    security: securityOf(row),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === null ? {} : { requestBody }),
    responses: makeResponses(row, operation, book, shared),
  };
}

/** Makes the document. Rows without an operation (pages, files) are left out. */
export function openApiDocument(rows: readonly DocumentedRow[], places: Places): OpenApiDocument {
  const book = new SchemaBook();
  const responses: Responses = {};
  const byKey = new Map(rows.map((row) => [`${row.method} ${row.path}`, row]));
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [key, operation] of Object.entries<Operation>(OPERATIONS)) {
    const row = byKey.get(key satisfies string as OperationKey);
    if (row === undefined) continue;
    const path = documentedPath(row.path, operation);
    (paths[path] ??= {})[row.method.toLowerCase()] = operationOf(row, operation, book, responses);
  }
  return {
    openapi: "3.1.0",
    info: { title: "imgsrc", version: VERSION, description: ABOUT },
    servers: serversOf(places),
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { ...book.used(), ErrorAnswer: ERROR_ANSWER },
      responses,
      headers: HEADERS,
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "An API key (`imgsrc_…`) or a signed token" },
        session: { type: "apiKey", in: "cookie", name: "imgsrc_session", description: "The dashboard's own session" },
        adminToken: { type: "http", scheme: "bearer", description: "The server's admin token" },
      },
    },
  };
}

function serversOf({ origin, pictureOrigin }: Places) {
  const own = { url: origin, description: "This server" };
  if (pictureOrigin === origin) return [own];
  return [own, { url: pictureOrigin, description: "Pictures, without /i" }];
}
