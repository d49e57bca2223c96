/**
 * What the API says of itself (operations, fields, parameters, failures) in the dashboard's languages. English stands
 * where it belongs, in the tables and schemas that the OpenAPI document is made from; every other language stands here,
 * by sentence.
 *
 * @module
 */
import type { Sentences } from "../_reference/translate.ts";
import type { Language } from "./catalogue.ts";
import { KO_FIELDS } from "./ko/api/fields.ts";
import { KO_OPERATIONS } from "./ko/api/operations.ts";

const SENTENCES: Readonly<Record<Language, Sentences>> = { en: {}, ko: { ...KO_OPERATIONS, ...KO_FIELDS } };

/** Sentences of the API in a language; English has none, since they are English. */
export function apiSentences(language: Language): Sentences {
  return SENTENCES[language];
}
