/**
 * `/llms.txt` and `/llms-full.txt`: the documentation for language models, made from the same tables.
 *
 * @module
 */
import { paramsMarkdown } from "../../../../codec/params.ts";
import { PLANS, RESOURCE_PACK } from "../../../../kv/plans.ts";
import { API_ERRORS } from "../../../_http/api_error.ts";
import { type JsonSchema, type OpenApiDocument, type OpenApiOperation, responsesOf } from "../../../_http/openapi.ts";
import { schemaText } from "../../../_http/schema_text.ts";

/** An operation with its place. */
type Placed = readonly [method: string, path: string, operation: OpenApiOperation];

function operationsOf(document: OpenApiDocument): readonly Placed[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => [method.toUpperCase(), path, operation] as const)
  );
}

const intro = (document: OpenApiDocument) => `# ${document.info.title}\n\n> ${document.info.description}`;

/** The short one: what there is, with links. */
export function llmsText(document: OpenApiDocument): string {
  const origin = document.servers[0]!.url;
  const sections = document.tags.map(({ name, description }) => {
    const lines = operationsOf(document).filter(([, , o]) => o.tags[0] === name).map(([method, path, operation]) =>
      `- [${method} ${path}](${origin}/docs/api#${operation.operationId}): ${operation.summary}`
    );
    return `## ${name}\n\n${description}.\n\n${lines.join("\n")}`;
  });
  const links = [
    `- [All of it in one text](${origin}/llms-full.txt)`,
    `- [OpenAPI 3.1](${origin}/openapi.json)`,
    `- [Reference for people](${origin}/docs/api)`,
  ];
  return [intro(document), `## Documents\n\n${links.join("\n")}`, ...sections, ""].join("\n\n");
}

function bodyText(title: string, schema: JsonSchema, document: OpenApiDocument): string {
  return `${title}:\n\n\`\`\`\n${schemaText(schema, document.components.schemas)}\n\`\`\``;
}

const defaultText = (schema: JsonSchema) => schema.default === undefined ? "" : `, default ${schema.default}`;

/** Codes alone: what each means stands in the table of errors. */
const codesIn = (description: string) => [...description.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code).join(", ");

function operationText([method, path, operation]: Placed, document: OpenApiDocument): string {
  const parts = [`### ${method} ${path}`, operation.summary + "."];
  if (operation.description) parts.push(operation.description);
  const parameters = (operation.parameters ?? []).map((p) =>
    `- \`${p.name}\` (${p.in}${p.required ? ", required" : ""}${defaultText(p.schema)}): ${
      schemaText(p.schema, {})
    }. ${p.description}`
  );
  if (parameters.length > 0) parts.push(parameters.join("\n"));
  for (const [type, { schema, example }] of Object.entries(operation.requestBody?.content ?? {})) {
    if (schema !== undefined) parts.push(bodyText(`Body (${type})`, schema, document));
    if (example !== undefined) parts.push(`Example: \`${JSON.stringify(example)}\``);
  }
  const errors: string[] = [];
  for (const [status, { description = "", content = {} }] of responsesOf(operation, document)) {
    const schema = content["application/json"]?.schema;
    if (schema === undefined) parts.push(`Answer ${status}: ${description}`);
    else if (schema.$ref?.endsWith("/ErrorAnswer")) errors.push(`${status} ${codesIn(description)}`);
    else parts.push(bodyText(`Answer ${status}`, schema, document));
  }
  parts.push(`Errors: ${errors.join("; ")}`);
  return parts.join("\n\n");
}

const limit = (value: number | null) => value === null ? "unlimited" : value.toLocaleString("en-US");

function plansText(): string {
  const plans = Object.values(PLANS).map((plan) =>
    `- ${plan.title}, $${plan.priceCents / 100} a month: ${limit(plan.limits.uploads)} uploads, ${
      limit(plan.limits.storage_bytes)
    } bytes of storage, ${limit(plan.limits.transformations)} transformations and ${
      limit(plan.limits.api_requests)
    } API requests a month, ${plan.requestsPerMinute} requests a minute; features: ${
      plan.features.map((feature) => feature.replaceAll("_", " ")).join(", ") || "none besides"
    }`
  );
  const { credits, priceCents } = RESOURCE_PACK;
  const pack = `- Resource Pack, $${priceCents / 100}, Pro only: ${limit(credits.storage_bytes)} bytes of storage, ${
    limit(credits.transformations)
  } transformations, ${limit(credits.api_requests)} API requests`;
  return [...plans, pack].join("\n");
}

/** The long one: all of it. */
export function llmsFullText(document: OpenApiDocument): string {
  const errors = Object.entries(API_ERRORS).map(([code, { status, doc }]) => `| ${status} | \`${code}\` | ${doc} |`);
  const sections = document.tags.flatMap(({ name, description }) => [
    `## ${name}\n\n${description}.`,
    ...operationsOf(document).filter(([, , o]) => o.tags[0] === name).map((placed) => operationText(placed, document)),
  ]);
  return [
    intro(document),
    `Base address: ${document.servers[0]!.url}`,
    `## Plans\n\n${plansText()}`,
    `## Errors\n\n${bodyText("Envelope", document.components.schemas.ErrorAnswer!, document)}`,
    ["| status | code | meaning |", "|---|---|---|", ...errors].join("\n"),
    `## Parameters of picture URLs\n\n${paramsMarkdown()}`,
    ...sections,
    "",
  ].join("\n\n");
}
