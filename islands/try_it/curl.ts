/**
 * From what is filled in to an address and to a command.
 *
 * @module
 */
import type { TryItProps } from "./props.ts";

/** What is filled in. */
export interface TryItValues {
  readonly fields: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  readonly file: Blob | null;
}

type Fields = TryItProps["fields"];
const of = (props: TryItProps, place: Fields[number]["place"]) => props.fields.filter((field) => field.place === place);

/** Slashes of a path stay as they are. */
const encodePath = (value: string) => value.split("/").map(encodeURIComponent).join("/");

/**
 * The address without its origin, and the required fields that are empty.
 *
 * @param withExamples fills those with their examples, for a command that can be read
 */
export function pathOf(props: TryItProps, values: TryItValues, withExamples = false) {
  const given = (field: Fields[number]) =>
    values.fields[field.name] || (withExamples && field.required ? field.example : "");
  const missing = props.fields.filter((field) => field.required && given(field) === "").map(({ name }) => name);
  const path = of(props, "path").reduce(
    (text, field) => text.replace(`{${field.name}}`, () => encodePath(given(field)) || `{${field.name}}`),
    props.path,
  );
  const query = new URLSearchParams(
    of(props, "query").map((field) => [field.name, given(field)] as [string, string]).filter(([, value]) =>
      value !== ""
    ),
  ).toString();
  return { path: query === "" ? path : `${path}?${query}`, missing };
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function bodyParts(props: TryItProps, values: TryItValues): string[] {
  if (props.body === null) return [];
  if (props.body.kind === "json") {
    if (values.body.trim() === "") return [];
    return [`-H 'Content-Type: application/json'`, `-d ${quoted(values.body.replace(/\n\s*/g, " "))}`];
  }
  const texts = of(props, "form").filter(({ name }) => values.fields[name]);
  const name = values.file instanceof File ? values.file.name : "photo.png";
  return [`-F ${quoted(`file=@${name}`)}`, ...texts.map((f) => `-F ${quoted(`${f.name}=${values.fields[f.name]}`)}`)];
}

/** The command line that does the same. The key never stands in it. */
export function curlOf(props: TryItProps, values: TryItValues): string {
  const token = { key: "$IMGSRC_API_KEY", admin: "$ADMIN_TOKEN", none: "" }[props.access];
  const parts = [
    `curl${props.method === "GET" ? "" : ` -X ${props.method}`} ${
      quoted(props.origin + pathOf(props, values, true).path)
    }`,
    ...(token === "" ? [] : [`-H "Authorization: Bearer ${token}"`]),
    ...of(props, "header").filter(({ name }) => values.fields[name]).map(({ name }) =>
      `-H ${quoted(`${name}: ${values.fields[name]}`)}`
    ),
    ...bodyParts(props, values),
  ];
  return parts.join(" \\\n  ");
}
