/// <reference lib="dom" />
/**
 * A published picture: its address in every format, how many bytes each takes, and code to paste.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { OUTPUT_FORMATS, type OutputFormat } from "../../codec/formats.ts";
import type { UploadAnswer } from "../../routes/api/v1/_schema/images.ts";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { formatSaving } from "../common/numbers.ts";
import { formatBytes } from "../ui/format_bytes.ts";
import { ownUrl } from "../common/own_picture.ts";
import { altOf, snippet, type SnippetKind, type SnippetPicture } from "../common/snippets.ts";
import { copyText } from "../ui/copy.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";

/** Props. */
export interface PublishedProps {
  readonly answer: UploadAnswer;
  readonly text: Text["publish"];
  readonly language: string;
  readonly user: string;
  readonly isOpen: boolean;
}

type Sizes = Readonly<Partial<Record<OutputFormat, number | "unknown">>>;

/** Asks for each format in turn, so that a large AVIF holds nobody else up; the bytes themselves are not sent. */
function useSizes({ answer, user }: PublishedProps, isWanted: boolean): Sizes {
  const [sizes, setSizes] = useState<Sizes>({});
  useEffect(() => {
    if (!isWanted) return;
    const gone = new AbortController();
    const run = async () => {
      for (const format of OUTPUT_FORMATS) {
        const wanted = new URL(answer.versioned_urls[format]).searchParams;
        wanted.delete("v");
        const url = ownUrl(user, { id: answer.id, path: answer.paths.at(-1)! }, format, wanted.toString());
        const response = await fetch(url, { method: "HEAD", signal: gone.signal }).catch(() => null);
        if (gone.signal.aborted) return;
        const bytes = response?.ok ? Number(response.headers.get("content-length")) : 0;
        setSizes((old) => ({ ...old, [format]: bytes > 0 ? bytes : "unknown" }));
      }
    };
    run();
    return () => gone.abort();
  }, [isWanted]);
  return sizes;
}

function pictureOf(answer: UploadAnswer): SnippetPicture {
  const { width, height } = answer.dimensions;
  const { original: _, ...sources } = answer.versioned_urls;
  return { url: sources.webp, sources, alt: altOf(answer.paths.at(-1)!), width, height };
}

/** See the module's comment. */
export function Published(props: PublishedProps): VNode {
  const { answer, text, language } = props;
  const [isOpen, setOpen] = useState(props.isOpen);
  const sizes = useSizes(props, isOpen);
  const picture = pictureOf(answer);
  const copy = (kind: SnippetKind, label: string) => (
    <button
      class="button quiet small"
      type="button"
      onClick={(e) => copyText(snippet(kind, picture), e.currentTarget)}
    >
      <Icon name="copy" /> {label}
    </button>
  );
  const row = (name: string, url: string, bytes: number | "unknown" | undefined) => (
    <tr key={name}>
      <th scope="row">{name}</th>
      <td class="number numbers">
        {bytes === undefined ? text.sizePending : bytes === "unknown" ? text.sizeUnknown : formatBytes(bytes)}
        {typeof bytes === "number" && bytes !== answer.size
          ? (
            <span class={bytes < answer.size ? "saving is-good" : "saving"}>
              {formatSaving(bytes, answer.size, language)}
            </span>
          )
          : null}
      </td>
      <td class="address-cell">
        <a class="mono" href={url}>{url}</a>
      </td>
      <td>
        <button
          class="button ghost small square copy"
          type="button"
          aria-label={fill(text.copyFormat, { format: name })}
          title={fill(text.copyFormat, { format: name })}
          onClick={(event) => copyText(url, event.currentTarget)}
        >
          <Icon name="copy" />
        </button>
      </td>
    </tr>
  );
  return (
    <details class="published" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{text.formats}</summary>
      <div class="row">
        {copy("url", text.copyUrl)}
        {copy("picture", text.copyPicture)}
        {copy("markdown", text.copyMarkdown)}
        {copy("css", text.copyCss)}
      </div>
      <div class="table-wrap">
        <table class="format-table">
          <thead>
            <tr>
              <th scope="col">{text.format}</th>
              <th scope="col" class="number">{text.size}</th>
              <th scope="col">{text.address}</th>
              <th scope="col">
                <span class="visually-hidden">{text.copyUrl}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {row(`${text.original} (${answer.format.toUpperCase()})`, answer.versioned_urls.original, answer.size)}
            {OUTPUT_FORMATS.map((format) => row(format.toUpperCase(), answer.versioned_urls[format], sizes[format]))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
