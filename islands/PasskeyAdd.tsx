/// <reference lib="dom" />
/**
 * Registers a passkey of this device for whoever is signed in.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { browserSupportsWebAuthn, startRegistration } from "@simplewebauthn/browser";
import { askApi } from "./ui/ask_api.ts";
import { Icon } from "./ui/Icon.tsx";

/** Props. */
export interface PasskeyAddProps {
  readonly text: {
    readonly addPasskey: string;
    readonly passkeyName: string;
    readonly passkeyNameFirst: string;
    readonly passkeyFailed: string;
    readonly passkeysUnable: string;
  };
}

type Options = Parameters<typeof startRegistration>[0]["optionsJSON"];

async function register(name: string): Promise<boolean> {
  const options = await askApi<Options>("POST", "/api/v1/passkeys/register/options", {});
  if (options.answer === null) return false;
  const credential = await startRegistration({ optionsJSON: options.answer });
  const body = { ...credential, name: name.trim() || null };
  return (await askApi("POST", "/api/v1/passkeys/register/verify", body)).problem === null;
}

/** See the module's comment. Without scripts, or where the browser has none, it says so. */
export function PasskeyAdd({ text }: PasskeyAddProps): VNode {
  const [isThere, setThere] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [name, setName] = useState(text.passkeyNameFirst);
  useEffect(() => setThere(browserSupportsWebAuthn()), []);
  if (!isThere) return <p class="hint">{text.passkeysUnable}</p>;
  const run = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    if (await register(name).catch(() => false)) {
      location.assign("/settings?done=passkeyAdded#passkeys");
      return;
    }
    setProblem(text.passkeyFailed);
    setBusy(false);
  };
  return (
    <form class="inline-form" onSubmit={run}>
      <div class="field grow">
        <label for="passkey-name">{text.passkeyName}</label>
        <input
          class="input"
          id="passkey-name"
          maxLength={100}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      <button class="button" type="submit" disabled={isBusy}>
        <Icon name="plus" /> {text.addPasskey}
      </button>
      <p class="problem-text" role="alert">{problem}</p>
    </form>
  );
}
