/**
 * Passkeys; export, log out everywhere, delete.
 *
 * @module
 */
import type { VNode } from "preact";
import { PasskeyAdd } from "../../../islands/PasskeyAdd.tsx";
import { fill } from "../../../islands/ui/fill.ts";
import { Icon } from "../../../islands/ui/Icon.tsx";
import { Field } from "../_components/gate.tsx";
import { Island } from "../_components/island.tsx";
import { ActionForm, Part, type SettingsProps, When } from "./parts.tsx";

const secondsOf = (time: string) => Date.parse(time) / 1000;

/** Passkeys. */
export function Passkeys(props: SettingsProps): VNode | null {
  const { view, passkeys } = props;
  if (passkeys === null) return null;
  const { settings } = view.text;
  const { addPasskey, passkeyName, passkeyNameFirst, passkeyFailed, passkeysUnable } = settings;
  const text = { addPasskey, passkeyName, passkeyNameFirst, passkeyFailed, passkeysUnable };
  return (
    <Part props={props} name="passkeys" lead={settings.passkeysLead}>
      {passkeys.passkeys.length === 0 ? <p class="soft">{settings.passkeysEmpty}</p> : null}
      <ul class="items">
        {passkeys.passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
          <li class="item" key={id}>
            <div class="stack-s grow">
              <p class="strong break">{name}</p>
              <p class="hint">
                {settings.keyMadeAt} <When view={view} seconds={secondsOf(createdAt)} /> · {settings.keyUsed}{" "}
                {lastUsedAt === null ? settings.keyUsedNever : <When view={view} seconds={secondsOf(lastUsedAt)} />}
              </p>
            </div>
            <ActionForm
              action="remove-passkey"
              fields={{ id }}
              label={settings.remove}
              named={fill(settings.removeNamed, { name })}
              look="danger small"
            />
          </li>
        ))}
      </ul>
      <Island name="PasskeyAdd" component={PasskeyAdd} props={{ text }} />
    </Part>
  );
}

function DeleteAccount({ view }: SettingsProps): VNode {
  const { settings } = view.text;
  return (
    <form class="inline-form" method="post" action="/settings">
      <input type="hidden" name="action" value="delete-account" />
      <div class="grow">
        <Field id="confirm" label={fill(settings.deleteConfirm, { name: view.user.name })}>
          <input class="input" id="confirm" name="confirm" required autocomplete="off" autocapitalize="none" />
        </Field>
      </div>
      <button class="button danger" type="submit">
        <Icon name="trash" /> {settings.deleteAccount}
      </button>
    </form>
  );
}

/** Export, log out everywhere, delete. */
export function Account(props: SettingsProps): VNode {
  const { settings } = props.view.text;
  return (
    <Part props={props} name="account">
      <div class="item">
        <p class="soft grow">{settings.exportLead}</p>
        <a class="button quiet" href="/api/v1/account/export" download>
          <Icon name="download" /> {settings.exportAccount}
        </a>
      </div>
      <div class="item">
        <p class="soft grow">{settings.signedOutLead}</p>
        <ActionForm action="log-out-everywhere" label={settings.logOutEverywhere} look="quiet" />
      </div>
      <div class="stack-s item-block">
        <p class="soft">{settings.deleteLead}</p>
        <DeleteAccount {...props} />
      </div>
    </Part>
  );
}
