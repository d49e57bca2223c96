/**
 * The OpenAPI document in another language: what it says to people, sentence by sentence. What no translation is there
 * for stays English.
 *
 * @module
 */
import type { OpenApiDocument } from "../../_http/openapi.ts";

/** English → another language, by sentence, without the full stop. */
export type Sentences = Readonly<Record<string, string>>;

/** `CODE`: before a failure's meaning; the sentence; its full stop. */
const SENTENCE = /^(`[A-Z_]+`: )?(.*?)(\.?)$/s;

/** A text's sentences. A full stop ends one where a capital, a digit or a code follows. */
export function sentencesOf(text: string): { readonly code: string; readonly words: string; readonly stop: string }[] {
  return text.split(/(?<=\.) (?=[A-Z0-9`])/).map((sentence) => {
    const [, code = "", words = "", stop = ""] = SENTENCE.exec(sentence)!;
    return { code, words, stop };
  });
}

/** A text in another language. */
export function translated(text: string, sentences: Sentences): string {
  return sentencesOf(text)
    .map(({ code, words, stop }) => code + (Object.hasOwn(sentences, words) ? sentences[words]! : words) + stop)
    .join(" ");
}

/** Keys of the document whose texts are for people. */
const SPOKEN: ReadonlySet<string> = new Set(["description", "summary"]);
/** What is shown as it is. */
const LITERAL: ReadonlySet<string> = new Set(["example", "examples", "default", "enum", "properties", "servers"]);

function walk(value: unknown, speak: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((one) => walk(one, speak));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (SPOKEN.has(key) && typeof one === "string") return [key, speak(one)];
      // The names of properties are names, whatever they are.
      if (key === "properties") {
        return [key, Object.fromEntries(Object.entries(one).map(([k, v]) => [k, walk(v, speak)]))];
      }
      return [key, LITERAL.has(key) ? one : walk(one, speak)];
    }),
  );
}

/** Every text of a document for people, through a function. */
export function withTexts(document: OpenApiDocument, speak: (text: string) => string): OpenApiDocument {
  return walk(document, speak) as OpenApiDocument;
}
