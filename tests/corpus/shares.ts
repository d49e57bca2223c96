/**
 * Shares of the `valid` files that are taken, by format, and the least that they must be.
 *
 * @module
 */
import { FORMATS, type ImageFormat } from "../../codec/formats.ts";
import type { CorpusRun, Outcome } from "./run.ts";

/** Least share of the `valid` files of a format. */
export const LEAST_SHARES: Readonly<Record<ImageFormat, number>> = {
  jpeg: 0.98,
  png: 0.98,
  webp: 0.98,
  gif: 0.98,
  bmp: 0.98,
  tga: 0.98,
  pnm: 0.98,
  qoi: 0.98,
  hdr: 0.98,
  ico: 0.95,
  jxl: 0.95,
  svg: 0.95,
  heic: 0.95,
  avif: 0.95,
  tiff: 0.85,
  exr: 0.8,
};

/** How a format fared. */
export interface FormatShare {
  readonly format: ImageFormat;
  readonly valid: number;
  readonly taken: number;
  readonly least: number;
  readonly refused: readonly Outcome[];
}

/** One row a format. */
export function sharesOf({ outcomes }: CorpusRun): FormatShare[] {
  return (Object.keys(FORMATS) as ImageFormat[]).map((format) => {
    const valid = outcomes.filter(({ file }) => file.format === format && file.expected === "valid");
    const refused = valid.filter(({ end }) => end !== "taken");
    return { format, valid: valid.length, taken: valid.length - refused.length, least: LEAST_SHARES[format], refused };
  });
}

const percent = (share: number) => `${Math.floor(share * 1000) / 10} %`;

/** The page docs/formats.md. */
export function formatsMarkdown(shares: readonly FormatShare[]): string {
  const rows = shares.map(({ format, valid, taken, least, refused }) => {
    const { mimeType, extensions, isOutput } = FORMATS[format];
    const names = extensions.map((e) => `.${e}`).join(" ");
    const written = format === "gif" ? "for animations" : isOutput ? "yes" : "no";
    const reasons = [...new Set(refused.map(({ message, end }) => message || end))].toSorted().join("; ");
    const figures = `${taken} of ${valid} (${percent(taken / valid)})`;
    return `| ${format} | \`${mimeType}\` | ${names} | ${written} | ${figures} | ${percent(least)} | ${
      reasons || "–"
    } |`;
  });
  const refusals = shares.flatMap(({ refused }) =>
    refused.toSorted((a, b) => a.file.path < b.file.path ? -1 : 1)
      .map(({ file, end, message }) => `| ${file.path} | ${file.format} | ${message || end} |`)
  );
  return `${
    [
      "# Formats",
      "",
      "Made by `deno task docs:formats` from a run over the test pictures of public suites (libpng, libjpeg-turbo, libwebp,",
      "libavif, libheif, libtiff, openexr, resvg and others): which share of the files that their suites call valid is taken.",
      "The kind of a file is told by its bytes, never by its name.",
      "",
      "| format | media type | names | written | taken | at least | what is not |",
      "|---|---|---|---|---|---|---|",
      ...rows,
      "",
      "## Valid files that are not taken",
      "",
      "| file | format | reason |",
      "|---|---|---|",
      ...refusals,
    ].join("\n")
  }\n`;
}
