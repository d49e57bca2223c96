/**
 * What all parts of the settings are made of.
 *
 * @module
 */
import type { ComponentChildren, VNode } from "preact";
import type { NewApiKeyAnswer } from "../../api/v1/_schema/api_keys.ts";
import type { ApiKeysAnswer } from "../../api/v1/_schema/api_keys.ts";
import type { PasskeyListAnswer } from "../../api/v1/_schema/passkeys.ts";
import type { PresetsAnswer } from "../../api/v1/_schema/presets.ts";
import type { SettingsAnswer } from "../../api/v1/_schema/settings.ts";
import { Problem } from "../_components/notice.tsx";
import type { SignedInView } from "../_view.ts";

/** Parts of the page, in order; also the fragments of their addresses. */
export const PARTS = ["keys", "presets", "defaults", "look", "passkeys", "account"] as const;
/** One of them. */
export type PartName = (typeof PARTS)[number];

/** What the page shows. */
export interface SettingsProps {
  readonly view: SignedInView;
  readonly settings: SettingsAnswer["settings"];
  readonly keys: ApiKeysAnswer;
  /** null where the plan has none and none is there. */
  readonly presets: PresetsAnswer;
  readonly canPreset: boolean;
  /** null where another service signs people in: a passkey of here would open nothing. */
  readonly passkeys: PasskeyListAnswer | null;
  /** Address of a picture without its ending, for previews. */
  readonly previewBase: string;
  /** A key that was just made. */
  readonly newKey: NewApiKeyAnswer | null;
  readonly problem: { readonly part: PartName; readonly text: string } | null;
}

/** A part of the page with its heading, and what went wrong in it. */
export function Part(
  { props, name, lead, children }: {
    readonly props: SettingsProps;
    readonly name: PartName;
    readonly lead?: string;
    readonly children: ComponentChildren;
  },
): VNode {
  return (
    <section class="card part" id={name} aria-labelledby={`${name}-title`}>
      <div class="stack-s">
        <h2 id={`${name}-title`}>{props.view.text.settings[name]}</h2>
        {lead === undefined ? null : <p class="soft">{lead}</p>}
      </div>
      <Problem text={props.problem?.part === name ? props.problem.text : null} />
      {children}
    </section>
  );
}

/** A moment, in UTC until the page's script makes it the reader's own. @param seconds since 1970 */
export function When({ view, seconds }: { readonly view: SignedInView; readonly seconds: number }): VNode {
  const date = new Date(seconds * 1000);
  const text = new Intl.DateTimeFormat(view.language, { dateStyle: "medium", timeZone: "UTC" }).format(date);
  return <time dateTime={date.toISOString()} data-local="date">{text}</time>;
}

/** A form of one button. */
export function ActionForm(
  { action, fields = {}, label, named, look = "quiet small" }: {
    readonly action: string;
    readonly fields?: Readonly<Record<string, string>>;
    readonly label: string;
    /** The label for those who don't see what it stands beside. */
    readonly named?: string;
    readonly look?: string;
  },
): VNode {
  return (
    <form method="post" action="/settings">
      <input type="hidden" name="action" value={action} />
      {Object.entries(fields).map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />)}
      <button class={`button ${look}`} type="submit" aria-label={named}>{label}</button>
    </form>
  );
}
