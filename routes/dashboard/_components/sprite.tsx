/**
 * Every icon once, inside the page: drawn at once and in the page's own colours, on islands too.
 *
 * @module
 */
import type { VNode } from "preact";
import { ICONS } from "../../../islands/ui/icon_names.ts";

const SYMBOLS = Object.entries(ICONS).map(([name, drawing]) =>
  `<symbol id="i-${name}" viewBox="0 0 24 24">${drawing}</symbol>`
).join("");

/** See the module's comment. */
export function Sprite(): VNode {
  return <svg hidden dangerouslySetInnerHTML={{ __html: SYMBOLS }} />;
}
