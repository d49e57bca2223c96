/// <reference lib="dom" />
/**
 * Wakes an island where the server rendered it.
 *
 * @module
 */
import { type ComponentType, h, hydrate } from "preact";

// deno-lint-ignore no-explicit-any -- the server wrote the props of the very component
type Island = ComponentType<any>;

/**
 * Hydrates every place of an island on the page, with the props that the server wrote beside it; what many places have
 * in common stands once, in `data-common-props` of an element around them.
 *
 * @param name as in `data-island`
 */
export function wake(name: string, component: Island): void {
  for (const place of document.querySelectorAll<HTMLElement>(`[data-island="${name}"]`)) {
    const common = place.closest<HTMLElement>("[data-common-props]")?.dataset.commonProps ?? "{}";
    const run = () =>
      hydrate(h(component, { ...JSON.parse(common), ...JSON.parse(place.dataset.props ?? "{}") }), place);
    const details = place.closest("details");
    // A page has some dozens: each wakes when it is first looked at.
    if (details === null || details.open) run();
    else details.addEventListener("toggle", run, { once: true });
  }
}
