/**
 * Where an island stands in a page.
 *
 * @module
 */
import { type ComponentType, h, type VNode } from "preact";

/**
 * Renders an island on the server and leaves its props beside it, from which the browser wakes it. Name it in the
 * page's `islands` too.
 *
 * @param name of its file in `islands/`
 * @param props what JSON can say; of texts only those that it shows
 */
export function Island<P extends object>(
  { name, component, props }: {
    readonly name: string;
    readonly component: ComponentType<P>;
    readonly props: P;
  },
): VNode {
  return (
    <div data-island={name} data-props={JSON.stringify(props)}>
      {h(component as ComponentType, props)}
    </div>
  );
}
