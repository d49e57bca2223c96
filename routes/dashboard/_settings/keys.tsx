/**
 * API keys: made with scopes and an end, shown once, revoked.
 *
 * @module
 */
import type { VNode } from "preact";
import { fill } from "../../../islands/ui/fill.ts";
import { Icon } from "../../../islands/ui/Icon.tsx";
import type { ApiKeysAnswer } from "../../api/v1/_schema/api_keys.ts";
import { Code } from "../_components/code.tsx";
import { Field } from "../_components/gate.tsx";
import type { SignedInView } from "../_view.ts";
import { ActionForm, Part, type SettingsProps, When } from "./parts.tsx";

/** Lives to choose from, in days. */
const LIVES = [7, 30, 90, 365] as const;

function NewKey({ view, newKey }: Pick<SettingsProps, "view" | "newKey">): VNode | null {
  if (newKey === null) return null;
  return (
    <div class="notice done" role="status">
      <Icon name="key" />
      <div class="stack-s grow">
        <p class="strong">{view.text.settings.keyMade}</p>
        <Code code={newKey.key} text={view.text} isWrapped />
      </div>
    </div>
  );
}

function KeyRow({ view, row }: { readonly view: SignedInView; readonly row: ApiKeysAnswer["api_keys"][0] }): VNode {
  const { settings } = view.text;
  const facts = [
    [settings.keyMadeAt, <When key="created_at" view={view} seconds={row.created_at} />],
    [
      settings.keyUsed,
      row.last_used_at === null
        ? settings.keyUsedNever
        : <When key="last_used_at" view={view} seconds={row.last_used_at} />,
    ],
    [
      settings.keyUntil,
      row.expires_at === null ? settings.never : <When key="expires_at" view={view} seconds={row.expires_at} />,
    ],
    [settings.keyRequests, row.total_requests.toLocaleString(view.language)],
  ] as const;
  const scopes = { read: settings.scopeRead, write: settings.scopeWrite } as Readonly<Record<string, string>>;
  return (
    <li class="item">
      <div class="stack-s grow">
        <p class="row">
          <span class="strong break">{row.name}</span>
          {row.scopes.split(",").map((scope) => <span class="badge" key={scope}>{scopes[scope] ?? scope}</span>)}
        </p>
        <p>
          <code class="soft">{row.key_prefix}…</code>
        </p>
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="numbers">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <ActionForm
        action="revoke-key"
        fields={{ id: row.id }}
        label={settings.revoke}
        named={fill(settings.revokeNamed, { name: row.name })}
        look="danger small"
      />
    </li>
  );
}

function MakeKey({ view }: { readonly view: SignedInView }): VNode {
  const { settings } = view.text;
  return (
    <form class="make" method="post" action="/settings#keys">
      <input type="hidden" name="action" value="make-key" />
      <div class="fields">
        <Field id="key-name" label={settings.keyName}>
          <input
            class="input"
            id="key-name"
            name="name"
            required
            maxLength={100}
            placeholder={settings.keyNamePlaceholder}
            autocomplete="off"
          />
        </Field>
        <Field id="key-days" label={settings.keyExpiry}>
          <select class="select" id="key-days" name="days">
            <option value="">{settings.never}</option>
            {LIVES.map((days) => <option key={days} value={days}>{fill(settings.inDays, { days })}</option>)}
          </select>
        </Field>
        <fieldset class="field">
          <legend>{settings.keyScopes}</legend>
          <div class="row">
            <label class="check">
              <input type="checkbox" name="scopes" value="read" checked /> {settings.scopeRead}
            </label>
            <label class="check">
              <input type="checkbox" name="scopes" value="write" checked /> {settings.scopeWrite}
            </label>
          </div>
        </fieldset>
      </div>
      <button class="button" type="submit">
        <Icon name="plus" /> {settings.makeKey}
      </button>
    </form>
  );
}

/** See the module's comment. */
export function Keys(props: SettingsProps): VNode {
  const { view, keys, newKey } = props;
  const { settings } = view.text;
  return (
    <Part props={props} name="keys" lead={settings.keysLead}>
      <NewKey view={view} newKey={newKey} />
      {keys.total === 0 ? <p class="soft">{settings.keysEmpty}</p> : null}
      <ul class="items">{keys.api_keys.map((row) => <KeyRow key={row.id} view={view} row={row} />)}</ul>
      <MakeKey view={view} />
    </Part>
  );
}
