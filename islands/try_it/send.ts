/**
 * Sends a request and makes its answer readable.
 *
 * @module
 */
import { pathOf, type TryItValues } from "./curl.ts";
import { fill } from "../ui/fill.ts";
import type { TryItCommon, TryItProps } from "./props.ts";

const MAX_SHOWN_CHARS = 20_000;

/** An answer for people. */
export interface Result {
  readonly title: string;
  readonly detail: string;
  readonly isError: boolean;
  readonly text: string;
  readonly imageUrl: string | null;
  readonly download: { readonly url: string; readonly name: string } | null;
}

const NOTHING = { isError: false, text: "", imageUrl: null, download: null } as const;

function requestOf(props: TryItProps, values: TryItValues, token: string): RequestInit {
  const headers = new Headers();
  if (token !== "" && props.access !== "none") headers.set("authorization", `Bearer ${token}`);
  for (const { name, place } of props.fields) {
    if (place === "header" && values.fields[name]) headers.set(name, values.fields[name]);
  }
  const init = { method: props.method, headers, credentials: token === "" ? "same-origin" : "omit" } as const;
  if (props.body?.kind === "form") {
    const form = new FormData();
    if (values.file !== null) form.append("file", values.file);
    for (const { name, place } of props.fields) {
      if (place === "form" && values.fields[name]) form.append(name, values.fields[name]);
    }
    return { ...init, body: form };
  }
  if (props.body === null || values.body.trim() === "") return init;
  headers.set("content-type", "application/json");
  return { ...init, body: values.body };
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function read(response: Response, startedAt: number, { text: words, language }: TryItCommon): Promise<Result> {
  const type = response.headers.get("content-type") ?? "";
  const left = response.headers.get("x-ratelimit-remaining");
  const isReadable = /json|text/.test(type);
  const blob = isReadable ? null : await response.blob();
  const text = isReadable ? pretty(await response.text()) : "";
  const facts = [`${Math.round(performance.now() - startedAt)} ms`, type.split(";")[0]];
  if (blob !== null) facts.push(fill(words.bytes, { count: blob.size.toLocaleString(language) }));
  if (left !== null) facts.push(fill(words.left, { count: left }));
  const url = blob === null || blob.size === 0 ? null : URL.createObjectURL(blob);
  const isImage = type.startsWith("image/");
  return {
    title: `${response.status} ${response.statusText}`.trim(),
    detail: facts.filter(Boolean).join(" · "),
    isError: response.status >= 400,
    text: text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}\n…` : text,
    imageUrl: isImage ? url : null,
    download: isImage || url === null ? null : { url, name: "download.zip" },
  };
}

/** Sends what is filled in. */
export async function send(props: TryItProps & TryItCommon, values: TryItValues, token: string): Promise<Result> {
  const startedAt = performance.now();
  try {
    return await read(await fetch(pathOf(props, values).path, requestOf(props, values, token)), startedAt, props);
  } catch (error) {
    return {
      ...NOTHING,
      title: props.text.noAnswer,
      detail: error instanceof Error ? error.message : "",
      isError: true,
    };
  }
}
