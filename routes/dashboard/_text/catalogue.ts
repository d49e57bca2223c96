/**
 * Texts of the dashboard in its languages.
 *
 * @module
 */
import { EN } from "./en.ts";
import { KO } from "./ko.ts";

/** Languages of the dashboard, by their BCP 47 tags. */
export const LANGUAGES = ["en", "ko"] as const;
/** One of them. */
export type Language = (typeof LANGUAGES)[number];

/** The shape of the English texts, with any words: what another language must have, key by key. */
export type Translated<T> = { readonly [K in keyof T]: T[K] extends string ? string : Translated<T[K]> };
/** All texts. */
export type Text = Translated<typeof EN>;

/** Every language by its own name. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", ko: "한국어" };

const TEXTS: Readonly<Record<Language, Text>> = { en: EN, ko: KO };

/** Whether a tag names a language that is there. */
export function isLanguage(tag: string | null | undefined): tag is Language {
  return (LANGUAGES as readonly unknown[]).includes(tag);
}

/** The texts of a language. */
export function textOf(language: Language): Text {
  return TEXTS[language];
}

/**
 * The language that an `Accept-Language` header likes best (RFC 9110, 12.5.4; by primary subtag).
 *
 * @returns English where none that it names is there
 */
export function preferredLanguage(header: string | null): Language {
  const wanted = (header ?? "").split(",").map((part) => {
    const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
    const quality = Number(parameters.find((one) => one.trim().startsWith("q="))?.trim().slice(2) ?? 1);
    return { language: tag.split("-")[0]!, quality: Number.isFinite(quality) ? quality : 0 };
  });
  const best = wanted.filter(({ language, quality }) => isLanguage(language) && quality > 0)
    .sort((a, b) => b.quality - a.quality)[0];
  return isLanguage(best?.language) ? best.language : "en";
}
