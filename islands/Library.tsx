/// <reference lib="dom" />
/**
 * The library: everything that somebody has published. The server draws its first page; here it becomes a grid that
 * draws only what is looked at, however long the list.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Text } from "../routes/dashboard/_text/catalogue.ts";
import { downloadImages } from "./library/actions.ts";
import type { View } from "./library/address.ts";
import { Breadcrumbs, FolderList } from "./library/Folders.tsx";
import type { LibraryPage } from "./library/item.ts";
import { Nothing } from "./library/Nothing.tsx";
import { PAGE_ITEMS } from "./library/pages.ts";
import {
  extend,
  MAX_SELECTED,
  moved,
  NO_SELECTION,
  type Selection,
  selectOnly,
  toggle,
  without,
} from "./library/selection.ts";
import { type BarAction, MoveDialog, type MoveWish, SelectionBar } from "./library/SelectionBar.tsx";
import { Tile } from "./library/Tile.tsx";
import { Toolbar } from "./library/Toolbar.tsx";
import { useChanges } from "./library/use_changes.ts";
import { useList } from "./library/use_list.ts";
import { useScrollMemory, useView } from "./library/use_view.ts";
import { useWindow } from "./library/use_window.ts";
import { askText } from "./ui/ask_api.ts";
import { fill } from "./ui/fill.ts";
import { toast } from "./ui/toast.ts";

/** Props. */
export interface LibraryProps {
  readonly text: Text["library"];
  readonly errors: Text["errors"];
  readonly shell: Pick<Text["shell"], "cancel" | "delete" | "undo">;
  readonly language: string;
  readonly user: string;
  readonly view: View;
  /** What the server has drawn. */
  readonly page: LibraryPage & { readonly pageNumber: number };
}

const SEARCH_MS = 120;

/** Whether typing goes into a field. */
const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");

/** See the module's comment. */
export function Library({ text, errors, shell, language, user, view: firstView, page }: LibraryProps): VNode {
  const [isReady, setReady] = useState(false);
  const [selection, setSelection] = useState<Selection>(NO_SELECTION);
  const [isMoving, setMoving] = useState(false);
  const searchField = useRef<HTMLInputElement>(null);
  const { view, show } = useView(firstView, ({ search }) => {
    setSelection(NO_SELECTION);
    const field = searchField.current;
    // What is being typed stays as it is.
    if (field !== null && field.value.trim() !== search) field.value = search;
  });
  const list = useList(view, page);
  const space = useRef<HTMLDivElement>(null);
  const grid = useRef<HTMLUListElement>(null);
  const searchTimer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const hadFocus = useRef(false);
  const { drawn, columns, rowsSeen, isFlying, reveal } = useWindow(space, grid, list.total);
  // What isn't measured yet is drawn as the server did.
  const first = view === firstView ? page.pageNumber * PAGE_ITEMS : 0;
  const from = drawn?.from ?? first;
  const to = drawn?.to ?? Math.max(first, Math.min(first + PAGE_ITEMS, list.total));
  const range = useRef({ from, to });
  range.current = { from, to };
  const changes = useChanges({ text, errors, undoLabel: shell.undo, language }, () => {
    return list.refresh(range.current.from, range.current.to);
  });
  const idAt = (index: number) => list.at(index)?.id ?? null;
  const number = (count: number) => count.toLocaleString(language);
  const isSearch = view.search !== "";

  const isTurning = list.isTurning;
  useEffect(() => setReady(true), []);
  useScrollMemory(drawn !== null, isTurning);

  useEffect(() => {
    if (isReady && drawn !== null && !isFlying) list.want(from, to);
  }, [isReady, from, to, isFlying, list.total, isTurning]);

  useEffect(() => {
    if (list.problem === null) return;
    toast(fill(text.loadFailed, { reason: askText(list.problem, errors) }));
  }, [list.problem]);

  const tileLink = (index: number) => grid.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
  // A link that is scrolled away takes the focus with it: then the list itself keeps it for the link, and keys go on
  // working.
  useLayoutEffect(() => {
    const active = document.activeElement;
    if (active === space.current) tileLink(selection.focus)?.focus({ preventScroll: true });
    else if (hadFocus.current && active === document.body) space.current?.focus({ preventScroll: true });
  });

  const focusOn = (index: number) => {
    reveal(index);
    requestAnimationFrame(() => tileLink(index)?.focus({ preventScroll: true }));
  };

  const selectRange = async (start: number, end: number, choose: () => void) => {
    const most = Math.min(end, start + MAX_SELECTED);
    if (end - start > MAX_SELECTED) toast(fill(text.selectedMost, { count: number(MAX_SELECTED) }));
    await list.load(start, most);
    choose();
  };

  const extendTo = (index: number) => {
    const anchor = selection.anchor ?? selection.focus;
    selectRange(Math.min(anchor, index), Math.max(anchor, index) + 1, () => {
      setSelection((old) => extend(old, index, idAt));
    });
  };

  const selectAll = () =>
    selectRange(0, list.total, () => {
      const ids = Array.from({ length: Math.min(list.total, MAX_SELECTED) }, (_, index) => idAt(index));
      setSelection((old) => selectOnly(old, ids.filter((id) => id !== null)));
    });

  const move = async (wish: MoveWish | null) => {
    setMoving(false);
    if (wish === null) return;
    const items = [...selection.ids].map((id) => ({ id, path: list.find(id)?.path ?? id }));
    await changes.move(items, isSearch || view.isDeep ? null : view.folder, wish);
    setSelection(NO_SELECTION);
  };

  const remove = (ids: readonly string[]) => changes.remove(ids, (gone) => setSelection((old) => without(old, gone)));

  const act = (action: BarAction) => {
    const ids = [...selection.ids];
    if (action === "move") setMoving(true);
    else if (action === "public" || action === "private") changes.show(ids, action);
    else if (action === "download") downloadImages(ids);
    else if (action === "delete") remove(ids);
    else if (action === "all") selectAll();
    else setSelection((old) => ({ ...NO_SELECTION, focus: old.focus }));
  };

  const onGridClick = (event: MouseEvent) => {
    const tile = (event.target as Element).closest<HTMLElement>("[data-index]");
    if (tile === null) return;
    const index = Number(tile.dataset.index);
    const isBox = (event.target as Element).closest(".tile-check") !== null;
    const isChoice = isBox || event.shiftKey || event.ctrlKey || event.metaKey || selection.ids.size > 0;
    if (!isChoice) return;
    // A label's click comes again from its box.
    if (isBox && !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    if (event.shiftKey) extendTo(index);
    else setSelection((old) => toggle(old, index, idAt));
    // The box's own state is set back by the cancelled click after this; the drawing comes last.
    setTimeout(() => setSelection((old) => ({ ...old })));
    tileLink(index)?.focus({ preventScroll: true });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "/" && !isTyping(event.target)) {
      event.preventDefault();
      searchField.current?.focus();
      return;
    }
    const isInside = space.current?.contains(event.target as Node) ?? false;
    if (!isInside || event.altKey) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const target = isCommand ? null : moved(event.key, selection.focus, { count: list.total, columns, rowsSeen });
    if (target !== null) {
      if (event.shiftKey) extendTo(target);
      else setSelection((old) => ({ ...old, focus: target, anchor: target }));
      focusOn(target);
    } else if (event.key === " ") setSelection((old) => toggle(old, old.focus, idAt));
    else if (event.key === "a" && isCommand) selectAll();
    else if (event.key === "Escape" && selection.ids.size > 0) act("none");
    else if (event.key === "Enter" && event.target === space.current) {
      const id = idAt(selection.focus);
      if (id !== null) location.assign(`/images/${id}`);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      const id = idAt(selection.focus);
      const ids = selection.ids.size > 0 ? [...selection.ids] : id === null ? [] : [id];
      if (ids.length > 0) remove(ids);
    } else return;
    event.preventDefault();
  };

  const onFocusIn = (event: FocusEvent) => {
    const tile = (event.target as Element).closest<HTMLElement>("[data-index]");
    const index = Number(tile?.dataset.index ?? NaN);
    hadFocus.current = true;
    if (index >= 0 && index !== selection.focus) setSelection((old) => ({ ...old, focus: index }));
  };

  useEffect(() => {
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });

  const onSearch = (search: string) => {
    clearTimeout(searchTimer.current);
    searchTimer.current = setTimeout(() => {
      const isFirst = view.search === "" && search.trim() !== "";
      show({ ...view, search: search.trim() }, isFirst ? "push" : "replace");
    }, SEARCH_MS);
  };

  const onLink = (event: MouseEvent) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-folder]");
    if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    clearTimeout(searchTimer.current);
    show({ ...view, folder: link.dataset.folder ?? "", search: "" }, "push");
  };

  const current = Math.min(Math.max(selection.focus, from), Math.max(from, to - 1));
  const tiles = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  const counted = isSearch ? text.found : text.count;
  return (
    <div class="library" onClick={onLink}>
      <Toolbar
        view={view}
        text={text}
        isReady={isReady}
        searchField={searchField}
        onSearch={onSearch}
        onChange={(change) => show({ ...view, ...change }, "push")}
      />
      <div class="library-head">
        <Breadcrumbs view={view} text={text} />
        <p class="hint numbers" role="status">{fill(counted, { count: number(list.total) })}</p>
      </div>
      <FolderList key={view.folder} view={view} text={text} language={language} folders={list.folders} />
      {list.total > 0 ? null : <Nothing view={view} text={text} hasFolders={list.folders.length > 0} />}
      <p class="visually-hidden" id="library-help">{text.help}</p>
      <div
        class={isTurning ? "library-space is-turning" : "library-space"}
        ref={space}
        tabIndex={-1}
        aria-busy={isTurning}
        style={drawn === null ? undefined : { height: `${drawn.heightPx}px` }}
        onClick={onGridClick}
        onFocusIn={onFocusIn}
        onFocusOut={(event) => hadFocus.current = event.relatedTarget === null}
      >
        <ul
          class="library-grid"
          ref={grid}
          aria-label={text.list}
          aria-describedby="library-help"
          style={drawn === null ? undefined : { transform: `translateY(${drawn.offsetPx}px)` }}
        >
          {tiles.map((index) => (
            <Tile
              key={list.at(index)?.id ?? index}
              item={list.at(index)}
              index={index}
              total={list.total}
              user={user}
              text={text}
              isSelected={selection.ids.has(idAt(index) ?? "")}
              isCurrent={index === current}
              isReady={isReady}
              showsPicture={!isFlying}
            />
          ))}
        </ul>
      </div>
      {selection.ids.size === 0 ? null : (
        <SelectionBar
          text={text}
          deleteLabel={shell.delete}
          count={selection.ids.size}
          isBusy={changes.isBusy}
          onAction={act}
        />
      )}
      {isMoving
        ? (
          <MoveDialog
            text={text}
            cancelLabel={shell.cancel}
            count={selection.ids.size}
            folders={list.folders.map(({ name }) => view.folder === "" ? name : `${view.folder}/${name}`)}
            onDone={move}
          />
        )
        : null}
    </div>
  );
}
