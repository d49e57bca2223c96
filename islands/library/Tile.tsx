/**
 * One picture of the grid: a link to its page, and a box that selects it.
 *
 * @module
 */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { formatBytes } from "../ui/format_bytes.ts";
import { thumbnailUrl } from "../common/own_picture.ts";
import { placeholderUrl } from "../common/placeholder.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";
import type { LibraryItem } from "./item.ts";

/** Props. */
export interface TileProps {
  readonly item: LibraryItem | undefined;
  readonly index: number;
  readonly total: number;
  readonly user: string;
  readonly text: Text["library"];
  readonly isSelected: boolean;
  /** Whether the keyboard stands here. */
  readonly isCurrent: boolean;
  /** False on the server and until scripts run: then there is nothing to select with. */
  readonly isReady: boolean;
  /** False while the page flies by. */
  readonly showsPicture: boolean;
}

const nameOf = (path: string) => path.split("/").at(-1)!;

function Picture({ item, user, isReady, showsPicture }: Pick<TileProps, "user" | "isReady" | "showsPicture"> & {
  readonly item: LibraryItem;
}): VNode {
  const [isBroken, setBroken] = useState(false);
  const placeholder = isReady ? placeholderUrl(item.thumbhash) : null;
  return (
    <span class="tile-frame">
      {placeholder === null ? null : <img class="tile-hash" src={placeholder} alt="" />}
      {isBroken ? <Icon name="image" /> : null}
      {isBroken || !showsPicture ? null : (
        <img
          class="tile-picture"
          src={thumbnailUrl(user, item)}
          alt=""
          width="320"
          height="320"
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
        />
      )}
    </span>
  );
}

/** See the module's comment. */
export function Tile(
  { item, index, total, text, isSelected, isCurrent, isReady, ...picture }: TileProps,
): VNode {
  if (item === undefined) {
    return (
      <li class="tile" aria-setsize={total} aria-posinset={index + 1} data-index={index}>
        <span class="tile-frame skeleton" />
        <span class="tile-name tile-wait">{text.notLoaded}</span>
        {/* Exactly as high as a tile that is loaded: rows are measured by the first one. */}
        <span class="tile-facts tile-wait" aria-hidden="true">–</span>
      </li>
    );
  }
  const name = nameOf(item.path);
  return (
    <li
      class={isSelected ? "tile is-selected" : "tile"}
      aria-setsize={total}
      aria-posinset={index + 1}
      data-index={index}
    >
      <a class="tile-link" href={`/images/${item.id}`} tabIndex={isReady && !isCurrent ? -1 : 0} draggable={false}>
        <Picture key={item.id} item={item} isReady={isReady} {...picture} />
        <span class="tile-name" title={item.path}>{name}</span>
        <span class="tile-facts">
          {item.isPrivate ? <Icon name="lock" /> : null}
          {item.isPrivate ? <span>{`${text.private} · `}</span> : null}
          {item.isAnimated ? <span>{`${text.animated} · `}</span> : null}
          <span>{formatBytes(item.size)}</span>
        </span>
      </a>
      {isReady
        ? (
          <label class="tile-check">
            <input type="checkbox" checked={isSelected} tabIndex={-1} aria-label={fill(text.select, { name })} />
          </label>
        )
        : null}
    </li>
  );
}
