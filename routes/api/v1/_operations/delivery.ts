/**
 * Operations of the transform path, with the parameters of the parameter table.
 *
 * @module
 */
import { FORMATS, OUTPUT_FORMATS } from "../../../../codec/formats.ts";
import { PARAM_ENTRIES, type ParamRow } from "../../../../codec/params.ts";
import type { JsonSchema } from "../../../_http/openapi.ts";
import { FILE_PATH, NOT_MODIFIED, type Operation, type Parameter, USER_NAME } from "./operation.ts";

const tag = "Delivery";

function valueSchema(row: ParamRow): JsonSchema {
  switch (row.kind) {
    case "integer":
      return { type: "integer", minimum: row.min, maximum: row.max };
    case "enum":
      return { type: "string", enum: row.values };
    case "boolean":
      return { type: "boolean" };
    case "color":
      return { type: "string", pattern: "^([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$" };
    case "version":
      return { type: "string" };
    case "point":
      return { type: "string", pattern: "^[0-9.]+,[0-9.]+$" };
  }
}

function exampleOf(row: ParamRow): unknown {
  if (row.kind === "integer") return Number(row.example);
  return row.kind === "boolean" ? row.example === "true" : row.example;
}

function parameterOf(row: ParamRow): Parameter {
  const schema = row.default === null ? valueSchema(row) : { ...valueSchema(row), default: row.default };
  return { doc: row.doc, schema, example: exampleOf(row) };
}

const LINK_QUERY: Readonly<Record<string, Parameter>> = {
  token: { doc: "Of a signed URL; also read as `sig`", schema: { type: "string" } },
  expires: { doc: "Of a signed URL, Unix seconds; also read as `exp`", schema: { type: "integer" } },
};

const mediaTypes = [...OUTPUT_FORMATS, "gif" as const].map((format) => FORMATS[format].mimeType);
const parameters = { user: USER_NAME, path: { ...FILE_PATH, example: "blog/2024/photo.webp" } };

/** See the module's comment. */
export const DELIVERY_OPERATIONS = {
  "GET /i/*": {
    id: "getPicture",
    tag,
    summary: "Get a picture in any size and format",
    description: "The extension decides the format: " + OUTPUT_FORMATS.join(", ") +
      " (`jpg` is jpeg); a path without " +
      "one, or with `.auto`, goes by `Accept` and says `Vary: Accept`; `Content-Location` then names the URL of the " +
      "format. ETag and Last-Modified serve conditional requests, Range gives a part. With another `v` than the " +
      "picture's the answer is a redirect. The original's own extension without parameters gives its bytes as they " +
      "are. A preset " +
      "stands in the query as `p:name`, and the parameters beside it win over its own. A private picture needs a " +
      "signed URL and is answered 404 without. An AVIF over 8 megapixels or 4,000 px a side comes as WebP.",
    parameters,
    query: { ...Object.fromEntries(PARAM_ENTRIES.map(([, row]) => [row.key, parameterOf(row)])), ...LINK_QUERY },
    answers: {
      200: { mediaTypes, doc: "The picture" },
      206: { mediaTypes, doc: "The part that `Range` asks for" },
      302: { mediaTypes: [], doc: "`v` is out of date, or the server sends open formats to the URL that names theirs" },
      304: NOT_MODIFIED,
    },
    errors: [
      "VALIDATION_ERROR",
      "NOT_FOUND",
      "PLAN_LIMIT_EXCEEDED",
      "PRECONDITION_FAILED",
      "RANGE_NOT_SATISFIABLE",
      "UNPROCESSABLE_IMAGE",
      "UPSTREAM_ERROR",
      "TIMEOUT",
    ],
  },
  "OPTIONS /i/*": {
    id: "preflightPicture",
    tag,
    summary: "CORS preflight of a picture: any site may read it",
    parameters,
    answers: { 204: { mediaTypes: [], doc: "Allowed" } },
  },
} as const satisfies Record<string, Operation>;
