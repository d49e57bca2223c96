/**
 * What is known of the original.
 *
 * @module
 */
import type { VNode } from "preact";
import type { ImageAnswer } from "../../routes/api/v1/_schema/images.ts";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { formatBytes } from "../ui/format_bytes.ts";
import { Icon } from "../ui/Icon.tsx";

/** `image/svg+xml` → `SVG`. */
export function formatName(mimeType: string): string {
  return mimeType.split("/")[1]!.replace(/^x-|\+xml$|^vnd\./g, "").toUpperCase();
}

/** See the module's comment. @param originalUrl on this host, so that a private one opens too */
export function Facts({ image, text, language, originalUrl }: {
  readonly image: ImageAnswer;
  readonly text: Text["image"];
  readonly language: string;
  readonly originalUrl: string;
}): VNode {
  const { metadata } = image;
  const traits = [metadata.is_animated ? text.animated : null, metadata.has_alpha ? text.transparent : null];
  const format = [formatName(metadata.mime_type), ...traits].filter((trait) => trait !== null).join(", ");
  const fact = (name: string, value: VNode | string) => (
    <div key={name}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
  return (
    <section class="card" aria-labelledby="facts-title">
      <div class="card-head">
        <h2 id="facts-title">{text.facts}</h2>
        <a class="button quiet small" href={originalUrl}>
          <Icon name="external" /> {text.openOriginal}
        </a>
      </div>
      <dl class="facts">
        {fact(text.name, <span class="break">{metadata.original_filename}</span>)}
        {fact(
          text.dimensions,
          `${metadata.width?.toLocaleString(language)} × ${metadata.height?.toLocaleString(language)}`,
        )}
        {fact(text.size, formatBytes(metadata.size))}
        {fact(text.format, format)}
        {fact(
          text.uploaded,
          <time dateTime={metadata.uploaded_at} data-local="time">
            {metadata.uploaded_at.slice(0, 16).replace("T", " ")}
          </time>,
        )}
        {metadata.taken_at === null ? null : fact(text.taken, metadata.taken_at)}
        {metadata.dominant_color === null ? null : fact(
          text.colour,
          <span class="row">
            <svg class="swatch" viewBox="0 0 1 1" aria-hidden="true">
              <rect width="1" height="1" fill={`#${metadata.dominant_color}`} />
            </svg>
            <span class="mono">#{metadata.dominant_color}</span>
          </span>,
        )}
        {fact(text.id, <span class="mono">{image.id}</span>)}
        {fact(text.hash, <span class="mono break">{metadata.hash}</span>)}
      </dl>
    </section>
  );
}
