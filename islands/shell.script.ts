/// <reference lib="dom" />
/**
 * The script of every page: menus close, buttons copy, dialogs open. Pages work without it.
 *
 * @module
 */
import { copyText } from "./ui/copy.ts";

/** A menu closes when something else is clicked, and by Escape, which puts the focus back on its button. */
function closeMenus(except: Node | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")) {
    if (except === null || !menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  closeMenus(target);
  const copy = target.closest<HTMLElement>("[data-copy]");
  if (copy !== null) copyText(copy.dataset.copy ?? "", copy);
  const opener = target.closest<HTMLElement>("[data-opens]");
  if (opener !== null) document.querySelector<HTMLDialogElement>(`#${opener.dataset.opens}`)?.showModal();
  const closer = target.closest("[data-closes]");
  if (closer !== null) closer.closest("dialog")?.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector<HTMLDetailsElement>("details[data-menu][open]");
  if (menu?.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  closeMenus(null);
});

for (const button of document.querySelectorAll<HTMLElement>("[data-copy][hidden], [data-opens][hidden]")) {
  button.hidden = false;
}
/* Moments are written in UTC on the server; here they become the reader's own. */
for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-local]")) {
  const options: Intl.DateTimeFormatOptions = time.dataset.local === "date"
    ? { dateStyle: "medium" }
    : { dateStyle: "medium", timeStyle: "short" };
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(time.dateTime));
}
