/**
 * Where one is among folders, and the folders below.
 *
 * @module
 */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";
import { crumbs, type View, viewHref } from "./address.ts";
import type { Folder } from "./item.ts";

const FIRST_FOLDERS = 24;

interface Props {
  readonly view: View;
  readonly text: Text["library"];
}

/** The way from the top to the folder. */
export function Breadcrumbs({ view, text }: Props): VNode {
  const to = (folder: string) => viewHref({ ...view, folder, search: "" });
  const parts = crumbs(view.folder);
  return (
    <nav class="crumbs" aria-label={text.path}>
      <ol>
        <li>
          <a href={to("")} data-folder="" aria-current={parts.length === 0 ? "page" : undefined}>{text.root}</a>
        </li>
        {parts.map(({ name, path }) => (
          <li key={path}>
            <Icon name="chevron-right" />
            <a href={to(path)} data-folder={path} aria-current={path === view.folder ? "page" : undefined}>{name}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Links to the folders right below; many are shown when they are asked for. */
export function FolderList(
  { view, text, language, folders }: Props & { readonly language: string; readonly folders: readonly Folder[] },
): VNode | null {
  const [isWhole, setWhole] = useState(false);
  if (folders.length === 0) return null;
  const shown = isWhole ? folders : folders.slice(0, FIRST_FOLDERS);
  return (
    <section class="folders" aria-label={text.folders}>
      <ul>
        {shown.map(({ name, image_count: count }) => {
          const path = view.folder === "" ? name : `${view.folder}/${name}`;
          return (
            <li key={name}>
              <a class="folder" href={viewHref({ ...view, folder: path, search: "" })} data-folder={path}>
                <Icon name="folder" />
                <span class="folder-name">{name}</span>
                <span class="folder-count numbers">{count.toLocaleString(language)}</span>
              </a>
            </li>
          );
        })}
      </ul>
      {shown.length === folders.length
        ? null
        : (
          <button class="button quiet small" type="button" onClick={() => setWhole(true)}>
            {fill(text.moreFolders, { count: folders.length.toLocaleString(language) })}
          </button>
        )}
    </section>
  );
}
