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
import type { View } from "../_view.ts";
import { type Field, fieldsOf, resolved, typeText } from "../../_http/schema_text.ts";

/** Words of the page. */
type Words = View["text"]["reference"];
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

function FieldRow({ field, words }: { readonly field: Field; readonly words: Words }): VNode {
  return (
    <div class={`ref-field depth-${Math.min(DEEPEST, field.depth)}`}>
      <dt>
        <code>{field.name}</code>
        {field.required ? <span class="required">{words.required}</span> : null}
      </dt>
      <dd>
        <span class="type">{field.type}</span>
        {field.default === undefined
          ? null
          : <span class="type">· {words.default} {JSON.stringify(field.default)}</span>} <Prose text={field.doc} />
      </dd>
    </div>
  );
}

function Fields({ fields, words }: { readonly fields: readonly Field[]; readonly words: Words }): VNode {
  return <dl class="ref-fields">{fields.map((field) => <FieldRow key={field} field={field} words={words} />)}</dl>;
}

interface ShapeProps {
  readonly schema: JsonSchema;
  readonly schemas: Schemas;
  readonly words: Words;
}

function Shape({ schema, schemas, words }: ShapeProps): VNode {
  const fields = fieldsOf(schema, schemas, words.types);
  if (fields.length === 0) return <p class="type">{typeText(schema, schemas, words.types)}</p>;
  return <Fields fields={fields} words={words} />;
}

const parameterField = (parameter: OpenApiParameter, words: Words): Field => ({
  name: parameter.name,
  type: typeText(parameter.schema, {}, words.types),
  required: parameter.required,
  doc: parameter.description,
  depth: 0,
  default: parameter.schema.default,
});

interface PartProps {
  readonly operation: OpenApiOperation;
  readonly document: OpenApiDocument;
  readonly words: Words;
}

function Parameters({ operation, words }: PartProps): VNode | null {
  const groups = [["path", words.inPath], ["query", words.inQuery], ["header", words.inHeader]] as const;
  return (
    <>
      {groups.map(([place, title]) => {
        const fields = (operation.parameters ?? []).filter((p) => p.in === place).map((one) =>
          parameterField(one, words)
        );
        return fields.length === 0 ? null : (
          <>
            <h4>{title}</h4>
            <Fields fields={fields} words={words} />
          </>
        );
      })}
    </>
  );
}

function Body({ operation, document, words }: PartProps) {
  const { requestBody } = operation;
  if (requestBody === undefined) return null;
  return (
    <>
      {Object.entries(requestBody.content).map(([type, { schema }]) => (
        <>
          <h4>
            {words.body} <span class="type">{type}</span>{" "}
            {requestBody.required ? null : <span class="type">{words.optional}</span>}
          </h4>
          {schema === undefined ? null : <Shape schema={schema} schemas={document.components.schemas} words={words} />}
        </>
      ))}
    </>
  );
}

const isError = (schema: JsonSchema | undefined) => schema?.$ref?.endsWith("/ErrorAnswer") === true;

function Answers({ operation, document, words }: PartProps) {
  const { schemas } = document.components;
  return (
    <>
      <h4>{words.answers}</h4>
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
                    <Shape schema={schema} schemas={schemas} words={words} />
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
  { placed, document, view }: {
    readonly placed: PlacedOperation;
    readonly document: OpenApiDocument;
    readonly view: View;
  },
): VNode {
  const { method, path, operation } = placed;
  const words = view.text.reference;
  const props = tryItProps(placed, document.servers[0]!.url, document.components.schemas);
  const part = { operation, document, words };
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
        <Parameters {...part} />
        <Body {...part} />
        <Answers {...part} />
        <div class="try" data-island="TryIt" data-props={JSON.stringify(props)}>
          <TryIt {...props} text={words.try} language={view.language} />
        </div>
      </div>
    </details>
  );
}

/** Lets a long path break after its slashes. */
function breakable(path: string): ComponentChildren {
  return path.split("/").flatMap((part, n) => n === 0 ? [part] : ["/", <wbr key={n} />, part]);
}
