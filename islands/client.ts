/// <reference lib="dom" />
/**
 * What pages with islands load: wakes each one where the server rendered it.
 *
 * @module
 */
import { type ComponentType, h, hydrate } from "preact";
import { TryIt } from "./TryIt.tsx";

// deno-lint-ignore no-explicit-any -- the server wrote the props of the very component
const ISLANDS: Readonly<Record<string, ComponentType<any>>> = { TryIt };

function wake(place: HTMLElement): void {
  const component = ISLANDS[place.dataset.island ?? ""];
  if (component !== undefined) hydrate(h(component, JSON.parse(place.dataset.props ?? "{}")), place);
}

for (const place of document.querySelectorAll<HTMLElement>("[data-island]")) {
  const details = place.closest("details");
  // A page has some dozens: each wakes when it is first looked at.
  if (details === null || details.open) wake(place);
  else details.addEventListener("toggle", () => wake(place), { once: true });
}
