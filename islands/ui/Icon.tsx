/**
 * An icon of the page's sprite.
 *
 * @module
 */
import type { VNode } from "preact";
import type { IconName } from "./icon_names.ts";

/** Draws an icon in the colour of the text around it. Hidden from readers: what it says must stand in words beside it. */
export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <use href={`#i-${name}`} />
    </svg>
  );
}
