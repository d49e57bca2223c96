/**
 * Code that shows a picture, ready to be pasted.
 *
 * @module
 */
import { FORMATS, type OutputFormat } from "../../codec/formats.ts";

/** What is shown. */
export interface SnippetPicture {
  /** Of what is asked for. */
  readonly url: string;
  /** The same in the formats that browsers choose from, best first; see {@linkcode PICTURE_FORMATS}. */
  readonly sources: Readonly<Partial<Record<OutputFormat, string>>>;
  readonly alt: string;
  /** In px, where known. */
  readonly width: number | null;
  readonly height: number | null;
}

/** Formats of a `<picture>`, the smallest first; the last one is what every browser reads. */
export const PICTURE_FORMATS: readonly OutputFormat[] = ["avif", "webp", "jpeg"];

/** Ways to show a picture. */
export const SNIPPETS = ["url", "html", "picture", "markdown", "css", "react", "next", "curl"] as const;
/** One of them. */
export type SnippetKind = (typeof SNIPPETS)[number];

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const html = (text: string) => text.replace(/[&<>"]/g, (letter) => ESCAPES[letter]!);
const sizeOf = ({ width, height }: SnippetPicture) =>
  width === null || height === null ? "" : ` width="${width}" height="${height}"`;

function img(picture: SnippetPicture, url: string): string {
  return `<img src="${html(url)}"${sizeOf(picture)} alt="${html(picture.alt)}" loading="lazy">`;
}

function pictureElement(picture: SnippetPicture): string {
  const formats = PICTURE_FORMATS.filter((format) => picture.sources[format] !== undefined);
  const fallback = formats.at(-1);
  const sources = formats.slice(0, -1).map((format) =>
    `  <source srcset="${html(picture.sources[format]!)}" type="${FORMATS[format].mimeType}">`
  );
  const last = img(picture, fallback === undefined ? picture.url : picture.sources[fallback]!);
  return ["<picture>", ...sources, `  ${last}`, "</picture>"].join("\n");
}

/** A JSX attribute takes no escapes but those of HTML; a brace with a string takes any text. */
const jsx = (text: string) => /["&\\{}<>]/.test(text) ? `{${JSON.stringify(text)}}` : `"${text}"`;
const jsxSize = ({ width, height }: SnippetPicture) =>
  width === null || height === null ? "" : ` width={${width}} height={${height}}`;

/** Text of a link in Markdown: brackets would end it. */
const markdownText = (text: string) => text.replace(/[[\]\\]/g, "\\$&");
/** An address in Markdown: a bracket would end it. */
const markdownUrl = (url: string) => url.replace(/[()]/g, (letter) => letter === "(" ? "%28" : "%29");

const MAKERS: Readonly<Record<SnippetKind, (picture: SnippetPicture) => string>> = {
  url: ({ url }) => url,
  html: (picture) => img(picture, picture.url),
  picture: pictureElement,
  markdown: ({ url, alt }) => `![${markdownText(alt)}](${markdownUrl(url)})`,
  css: ({ url }) => `background-image: url("${url.replace(/["\\]/g, "\\$&")}");`,
  react: (picture) => `<img src=${jsx(picture.url)} alt=${jsx(picture.alt)}${jsxSize(picture)} loading="lazy" />`,
  next: (picture) =>
    `import Image from "next/image";\n\n<Image unoptimized src=${jsx(picture.url)} alt=${jsx(picture.alt)}${
      jsxSize(picture) || " fill"
    } />`,
  curl: ({ url }) => `curl -O '${url.replaceAll("'", "'\\''")}'`,
};

/** Code of one kind. */
export function snippet(kind: SnippetKind, picture: SnippetPicture): string {
  return MAKERS[kind](picture);
}

/** A text for `alt` out of a file's name: `blog/IMG_0042-red car.jpg` → `IMG 0042 red car`. */
export function altOf(path: string): string {
  const name = path.split("/").at(-1)!;
  return name.replace(/\.[^.]+$/, "").replace(/[_-]+/g, " ").trim();
}
