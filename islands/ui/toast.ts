/// <reference lib="dom" />
/**
 * Short messages at the foot of the page, read out to those who listen to it.
 *
 * @module
 */

const SHOWN_MS = 4_000;
const WITH_ACTION_MS = 12_000;

/** What can be done about it, for as long as the message stands there. */
export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

/** Shows a message in the page's live region. @returns takes it away early */
export function toast(message: string, action?: ToastAction): () => void {
  const element = document.createElement("div");
  element.className = "toast";
  const words = document.createElement("span");
  words.textContent = message;
  element.append(words);
  const remove = () => element.remove();
  if (action !== undefined) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      remove();
      action.run();
    });
    element.append(button);
  }
  document.querySelector("#toasts")?.append(element);
  let timer = setTimeout(remove, action === undefined ? SHOWN_MS : WITH_ACTION_MS);
  // Whoever is about to press it gets the time they need (WCAG 2.2.1).
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("focusin", () => clearTimeout(timer));
  element.addEventListener("pointerleave", () => timer = setTimeout(remove, SHOWN_MS));
  element.addEventListener("focusout", () => timer = setTimeout(remove, SHOWN_MS));
  return remove;
}
