/**
 * Search and order of the list: a form that works without scripts, and at once with them.
 *
 * @module
 */
import type { RefObject, VNode } from "preact";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { Icon } from "../ui/Icon.tsx";
import { MAX_SEARCH_CHARS, type Sort, SORTS, type View } from "./address.ts";

/** Props. */
export interface ToolbarProps {
  readonly view: View;
  readonly text: Text["library"];
  readonly isReady: boolean;
  /** Where the keyboard's `/` leads. */
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly onSearch: (search: string) => void;
  readonly onChange: (change: Partial<Pick<View, "sort" | "isDeep">>) => void;
}

/** See the module's comment. */
export function Toolbar({ view, text, isReady, searchField, onSearch, onChange }: ToolbarProps): VNode {
  const names: Readonly<Record<Sort, string>> = {
    newest: text.sortNewest,
    oldest: text.sortOldest,
    name: text.sortName,
    size: text.sortSize,
  };
  const isSearch = view.search !== "";
  return (
    <form
      class="library-tools"
      role="search"
      action="/images"
      onSubmit={(event) => isReady && event.preventDefault()}
    >
      {view.folder === "" ? null : <input type="hidden" name="folder" value={view.folder} />}
      <label class="search">
        <Icon name="search" />
        <span class="visually-hidden">{text.search}</span>
        <input
          ref={searchField}
          class="input"
          type="search"
          name="q"
          defaultValue={view.search}
          maxLength={MAX_SEARCH_CHARS}
          placeholder={text.search}
          autocomplete="off"
          onInput={(event) => onSearch(event.currentTarget.value)}
        />
      </label>
      <label class="sort">
        <span class="visually-hidden">{text.sort}</span>
        <select
          class="select"
          name="sort"
          disabled={isSearch}
          onChange={(event) => onChange({ sort: event.currentTarget.value as Sort })}
        >
          {SORTS.map((sort) => <option key={sort} value={sort} selected={view.sort === sort}>{names[sort]}</option>)}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          name="all"
          value="1"
          checked={view.isDeep}
          disabled={isSearch}
          onChange={(event) => onChange({ isDeep: event.currentTarget.checked })}
        />
        {text.deep}
      </label>
      {isReady ? null : <button class="button quiet" type="submit">{text.show}</button>}
    </form>
  );
}
