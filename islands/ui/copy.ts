/// <reference lib="dom" />
/**
 * Puts texts on the clipboard.
 *
 * @module
 */
import { toast } from "./toast.ts";

const DONE_MS = 1_600;

/** Without https (a server in a LAN) there is no clipboard of its own: the old way still works there. */
function copyByHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
  }
}

async function isCopied(text: string): Promise<boolean> {
  if (navigator.clipboard === undefined) return copyByHand(text);
  return await navigator.clipboard.writeText(text).then(() => true, () => copyByHand(text));
}

/** Copies a text and says so in the page's language. @param button shows a tick for a moment */
export async function copyText(text: string, button?: HTMLElement): Promise<void> {
  const { copied, copyFailed } = document.body.dataset;
  const isDone = await isCopied(text);
  toast((isDone ? copied : copyFailed) ?? "");
  if (!isDone || button === undefined) return;
  const use = button.querySelector("use");
  const icon = use?.getAttribute("href");
  button.classList.add("is-done");
  use?.setAttribute("href", "#i-check");
  setTimeout(() => {
    button.classList.remove("is-done");
    if (icon) use?.setAttribute("href", icon);
  }, DONE_MS);
}
