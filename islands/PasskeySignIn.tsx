/// <reference lib="dom" />
/**
 * Signs in by a passkey, where the browser has such a thing.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { browserSupportsWebAuthn, startAuthentication } from "@simplewebauthn/browser";
import { askApi } from "./ui/ask_api.ts";
import { Icon } from "./ui/Icon.tsx";

/** Props. */
export interface PasskeySignInProps {
  readonly text: {
    readonly withPasskey: string;
    readonly passkeyFailed: string;
    readonly or: string;
    readonly network: string;
  };
  /** Where to go then. */
  readonly next: string;
}

type Options = Parameters<typeof startAuthentication>[0]["optionsJSON"];

async function signIn(): Promise<string | null> {
  const options = await askApi<Options>("POST", "/api/v1/passkeys/authenticate/options", {});
  if (options.answer === null) return null;
  const credential = await startAuthentication({ optionsJSON: options.answer });
  const verified = await askApi<{ ticket: string }>("POST", "/api/v1/passkeys/authenticate/verify", credential);
  return verified.answer?.ticket ?? null;
}

/** See the module's comment. The ticket that the API gives is a link that signs in once. */
export function PasskeySignIn({ text, next }: PasskeySignInProps): VNode {
  const [isThere, setThere] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => setThere(browserSupportsWebAuthn()), []);
  const run = async () => {
    setBusy(true);
    setProblem(null);
    const ticket = await signIn().catch(() => null);
    if (ticket !== null) {
      location.assign(`/sign-in?${new URLSearchParams({ token: ticket, next })}`);
      return;
    }
    setProblem(text.passkeyFailed);
    setBusy(false);
  };
  return (
    <div class="stack-s" hidden={!isThere}>
      <p class="or" aria-hidden="true">{text.or}</p>
      <button class="button quiet large" type="button" disabled={isBusy} onClick={run}>
        <Icon name="key" /> {text.withPasskey}
      </button>
      <p class="problem-text" role="alert">{problem}</p>
    </div>
  );
}
