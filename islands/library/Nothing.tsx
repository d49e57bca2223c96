/**
 * What stands where there is no picture, and why there is none.
 *
 * @module
 */
import type { VNode } from "preact";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { fill } from "../ui/fill.ts";
import type { View } from "./address.ts";

/** See the module's comment. */
export function Nothing(
  { view, text, hasFolders }: { readonly view: View; readonly text: Text["library"]; readonly hasFolders: boolean },
): VNode {
  const isSearch = view.search !== "";
  const isFolder = view.folder !== "" || hasFolders;
  const [title, words] = isSearch
    ? [text.nothingTitle, fill(text.nothingText, { search: view.search })]
    : isFolder
    ? [text.emptyFolderTitle, text.emptyFolderText]
    : [text.emptyTitle, text.emptyText];
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{words}</p>
      {isSearch || isFolder ? null : <a class="button accent" href="/publish">{text.publish}</a>}
    </div>
  );
}
