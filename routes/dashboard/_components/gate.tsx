/**
 * Forms of people who are not signed in yet.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import { Mark } from "./header.tsx";

/** The narrow card in the middle of the page. */
export function Gate(
  { title, lead, children }: {
    readonly title: string;
    readonly lead?: string;
    readonly children: ComponentChildren;
  },
): VNode {
  return (
    <div class="gate">
      <div class="gate-head">
        <Mark />
        <h1>{title}</h1>
        {lead === undefined ? null : <p class="soft">{lead}</p>}
      </div>
      <div class="card">{children}</div>
    </div>
  );
}

/** A control with its label, and what it says of itself below. */
export function Field(
  { id, label, hint, children }: {
    readonly id: string;
    readonly label: string;
    /** Its id is `{id}-hint`: point `aria-describedby` of the control there. */
    readonly hint?: string;
    readonly children: ComponentChildren;
  },
): VNode {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint === undefined ? null : <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
