/**
 * Small parts that many pages use.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { Icon } from "../../../islands/ui/Icon.tsx";
import type { IconName } from "../../../islands/ui/icon_names.ts";

/** What went wrong, said at once to readers of the screen. */
export function Problem({ text }: { readonly text: string | null }): VNode | null {
  return text === null ? null : (
    <div class="notice problem" role="alert">
      <Icon name="alert" />
      <p>{text}</p>
    </div>
  );
}

/** What was done. */
export function Done({ text }: { readonly text: string | null }): VNode | null {
  return text === null ? null : (
    <div class="notice done" role="status">
      <Icon name="check" />
      <p>{text}</p>
    </div>
  );
}

/** A place where something will be. */
export function Empty(
  { icon, title, children }: { readonly icon: IconName; readonly title: string; readonly children: ComponentChildren },
): VNode {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** The head of a page: its title, a line below it, and what can be done at its right. */
export function PageHead(
  { title, lead, children }: {
    readonly title: string;
    readonly lead?: string;
    readonly children?: ComponentChildren;
  },
): VNode {
  return (
    <div class="page-head">
      <div>
        <h1>{title}</h1>
        {lead === undefined ? null : <p class="lead">{lead}</p>}
      </div>
      {children}
    </div>
  );
}

/** Something to know. */
export function Notice({ icon, text }: { readonly icon: IconName; readonly text: string }): VNode {
  return (
    <div class="notice">
      <Icon name={icon} />
      <p>{text}</p>
    </div>
  );
}
