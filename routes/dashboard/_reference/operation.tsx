/**
 * One operation of the API's reference page.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { TryIt } from "../../../islands/TryIt.tsx";
import type { TryItField, TryItProps } from "../../../islands/try_it/props.ts";
import {
  type JsonSchema,
  type OpenApiDocument,
  type OpenApiOperation,
  type OpenApiParameter,
  responsesOf,
} from "../../_http/openapi.ts";
import { type Field, fieldsOf, resolved, typeText } from "../../_http/schema_text.ts";

type Schemas = OpenApiDocument["components"]["schemas"];

/** An operation with its place. */
export interface PlacedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: OpenApiOperation;
}

/** Text with `code` in it. */
export function Prose({ text }: { readonly text: string }): VNode {
  return <>{text.split("`").map((part, n) => n % 2 === 1 ? <code key={n}>{part}</code> : part)}</>;
}

const DEEPEST = 4;

function FieldRow({ field }: { readonly field: Field }): VNode {
  return (
    <div class={`ref-field depth-${Math.min(DEEPEST, field.depth)}`}>
      <dt>
        <code>{field.name}</code>
        {field.required ? <span class="required">required</span> : null}
      </dt>
      <dd>
        <span class="type">{field.type}</span>
        {field.default === undefined ? null : <span class="type">· default {JSON.stringify(field.default)}</span>}{" "}
        <Prose text={field.doc} />
      </dd>
    </div>
  );
}

function Fields({ fields }: { readonly fields: readonly Field[] }): VNode {
  return <dl class="ref-fields">{fields.map((field) => <FieldRow key={field} field={field} />)}</dl>;
}

function Shape({ schema, schemas }: { readonly schema: JsonSchema; readonly schemas: Schemas }): VNode {
  const fields = fieldsOf(schema, schemas);
  return fields.length === 0 ? <p class="type">{typeText(schema, schemas)}</p> : <Fields fields={fields} />;
}

const parameterField = (parameter: OpenApiParameter): Field => ({
  name: parameter.name,
  type: typeText(parameter.schema, {}),
  required: parameter.required,
  doc: parameter.description,
  depth: 0,
  default: parameter.schema.default,
});

function Parameters({ operation }: { readonly operation: OpenApiOperation }): VNode | null {
  const groups = [["path", "In the path"], ["query", "In the query"], ["header", "In the headers"]] as const;
  return (
    <>
      {groups.map(([place, title]) => {
        const fields = (operation.parameters ?? []).filter((p) => p.in === place).map(parameterField);
        return fields.length === 0 ? null : (
          <>
            <h4>{title}</h4>
            <Fields fields={fields} />
          </>
        );
      })}
    </>
  );
}

function Body({ operation, schemas }: { readonly operation: OpenApiOperation; readonly schemas: Schemas }) {
  const { requestBody } = operation;
  if (requestBody === undefined) return null;
  return (
    <>
      {Object.entries(requestBody.content).map(([type, { schema }]) => (
        <>
          <h4>
            Body <span class="type">{type}</span> {requestBody.required ? null : <span class="type">optional</span>}
          </h4>
          {schema === undefined ? null : <Shape schema={schema} schemas={schemas} />}
        </>
      ))}
    </>
  );
}

const isError = (schema: JsonSchema | undefined) => schema?.$ref?.endsWith("/ErrorAnswer") === true;

function Answers(
  { operation, document }: { readonly operation: OpenApiOperation; readonly document: OpenApiDocument },
) {
  const { schemas } = document.components;
  return (
    <>
      <h4>Answers</h4>
      <ul class="answers">
        {responsesOf(operation, document).map(([status, { description = "", content = {} }]) => {
          const schema = content["application/json"]?.schema;
          const types = Object.keys(content).filter((type) => type !== "application/json");
          return (
            <li>
              <strong class={`status-${status[0]}`}>{status}</strong> {schema !== undefined && !isError(schema)
                ? (
                  <details>
                    <summary>{schema.$ref?.split("/").at(-1) ?? "JSON"}</summary>
                    <Shape schema={schema} schemas={schemas} />
                  </details>
                )
                : (
                  <span>
                    <Prose text={description} /> <span class="type">{types.join(", ")}</span>
                  </span>
                )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

const choices = (schema: JsonSchema): readonly string[] | null => {
  if (schema.enum !== undefined) return schema.enum.map(String);
  return schema.type === "boolean" ? ["true", "false"] : null;
};

function fieldOf(parameter: OpenApiParameter): TryItField {
  const { name, in: place, required, schema, example } = parameter;
  return { name, place, required, example: String(example ?? schema.default ?? ""), values: choices(schema) };
}

function formFields(schema: JsonSchema): TryItField[] {
  return Object.entries(schema.properties ?? {}).filter(([, one]) => one.format !== "binary").map(([name, one]) => ({
    name,
    place: "form",
    required: schema.required?.includes(name) ?? false,
    example: "",
    values: choices(one),
  }));
}

function accessOf({ security }: OpenApiOperation): TryItProps["access"] {
  const names = security.flatMap((one) => Object.keys(one));
  if (names.includes("adminToken")) return "admin";
  return names.includes("apiKey") ? "key" : "none";
}

function tryItProps({ method, path, operation }: PlacedOperation, origin: string, schemas: Schemas): TryItProps {
  const json = operation.requestBody?.content["application/json"];
  const form = operation.requestBody?.content["multipart/form-data"]?.schema;
  const example = json?.example === undefined ? "" : JSON.stringify(json.example, null, 2);
  const body = json === undefined ? null : { kind: "json", example } as const;
  return {
    id: operation.operationId,
    method,
    path,
    origin,
    access: accessOf(operation),
    fields: [
      ...(operation.parameters ?? []).map(fieldOf),
      ...(form === undefined ? [] : formFields(resolved(form, schemas))),
    ],
    body: form === undefined ? body : { kind: "form", example: "" },
  };
}

/** See the module's comment. */
export function Operation(
  { placed, document }: {
    readonly placed: PlacedOperation;
    readonly document: OpenApiDocument;
  },
): VNode {
  const { method, path, operation } = placed;
  const { schemas } = document.components;
  const props = tryItProps(placed, document.servers[0]!.url, schemas);
  return (
    <details class="operation">
      <summary>
        <span class={`method method-${method.toLowerCase()}`}>{method}</span>{" "}
        <code class="path">{breakable(path)}</code> <span class="what">{operation.summary}</span>
      </summary>
      <div class="operation-body" id={operation.operationId}>
        {operation.description === undefined ? null : (
          <p>
            <Prose text={operation.description} />
          </p>
        )}
        <Parameters operation={operation} />
        <Body operation={operation} schemas={schemas} />
        <Answers operation={operation} document={document} />
        <div class="try" data-island="TryIt" data-props={JSON.stringify(props)}>
          <TryIt {...props} />
        </div>
      </div>
    </details>
  );
}

/** Lets a long path break after its slashes. */
function breakable(path: string): ComponentChildren {
  return path.split("/").flatMap((part, n) => n === 0 ? [part] : ["/", <wbr key={n} />, part]);
}
