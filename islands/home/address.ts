/**
 * What can be chosen in the home page's playground, and the address that it makes.
 *
 * @module
 */

/** Formats to choose from. */
export const FORMATS = ["webp", "avif", "jpg", "png"] as const;
/** Ratios to choose from. */
export const SHAPES = ["original", "1:1", "4:3", "16:9"] as const;
/** Narrowest, in px. */
export const MIN_WIDTH = 64;
/** Widest, in px. */
export const MAX_WIDTH = 1200;

/** What is chosen. */
export interface Choice {
  readonly format: (typeof FORMATS)[number];
  readonly aspect: (typeof SHAPES)[number];
  readonly w: number;
  readonly q: number;
  readonly blur: number;
  readonly grayscale: boolean;
}

/** What the page begins with. */
export const FIRST_CHOICE: Choice = { format: "webp", aspect: "original", w: 800, q: 80, blur: 0, grayscale: false };

/** The parameters, without those that change nothing. */
export function queryOf({ w, aspect, q, blur, grayscale }: Choice): readonly (readonly [string, string])[] {
  return [
    ["w", String(w)],
    ...(aspect === "original" ? [] : [["aspect", aspect], ["crop", "attention"]] as const),
    ...(q === FIRST_CHOICE.q ? [] : [["q", String(q)]] as const),
    ...(blur === 0 ? [] : [["blur", String(blur)]] as const),
    ...(grayscale ? [["grayscale", "true"]] as const : []),
  ];
}

/** Path and query of the picture. */
export function addressOf(choice: Choice): string {
  const query = queryOf(choice).map(([key, value]) => `${key}=${value}`).join("&");
  return `/sample/photo.${choice.format}?${query}`;
}

const within = (text: string | undefined, min: number, max: number, otherwise: number) => {
  const value = Math.round(Number(text ?? NaN));
  return value >= min && value <= max ? value : otherwise;
};

/** What a page's query asks for, as the form sends it without scripts; nonsense is as if it weren't there. */
export function choiceOf(query: Readonly<Record<string, string>>): Choice {
  const { format, aspect } = query;
  return {
    format: FORMATS.find((one) => one === format) ?? FIRST_CHOICE.format,
    aspect: SHAPES.find((one) => one === aspect) ?? FIRST_CHOICE.aspect,
    w: within(query["w"], MIN_WIDTH, MAX_WIDTH, FIRST_CHOICE.w),
    q: within(query["q"], 1, 100, FIRST_CHOICE.q),
    blur: within(query["blur"], 0, 40, 0),
    grayscale: query["grayscale"] === "true",
  };
}
