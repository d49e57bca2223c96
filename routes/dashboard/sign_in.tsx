/**
 * `/sign-in`: by one-time link, by user name and password, or by passkey; `/sign-out`.
 *
 * @module
 */
import type { VNode } from "preact";
import { PasskeySignIn } from "../../islands/PasskeySignIn.tsx";
import { readForm } from "../_http/form_body.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { addressReader } from "../_middleware/rate_limit.ts";
import { toApiError } from "../_middleware/to_api_error.ts";
import { signInByPassword } from "../_services/accounts.ts";
import { problemText } from "./_api.ts";
import { Field, Gate } from "./_components/gate.tsx";
import { Island } from "./_components/island.tsx";
import { Problem } from "./_components/notice.tsx";
import { safeNext } from "./_guard.ts";
import { Page, renderPage } from "./_render.tsx";
import { assertSameOrigin, beginSession, clerkReturnUrl, endSession } from "./_session.ts";
import { type SiteDeps, type View, viewOf } from "./_view.ts";

interface FormProps {
  readonly view: View;
  readonly problem: string | null;
  readonly login: string;
  /** Where to go then. */
  readonly next: string;
}

function Passkey({ view, next }: Pick<FormProps, "view" | "next">): VNode {
  const { signIn, errors } = view.text;
  const { withPasskey, passkeyFailed, or } = signIn;
  const text = { withPasskey, passkeyFailed, or, network: errors.NETWORK };
  return <Island name="PasskeySignIn" component={PasskeySignIn} props={{ text, next }} />;
}

function SignInForm({ view, problem, login, next }: FormProps): VNode {
  const { signIn } = view.text;
  return (
    <Page view={view} title={signIn.title} styles={["gate.css"]} islands={["PasskeySignIn"]}>
      <Gate title={signIn.welcomeBack}>
        <Problem text={problem} />
        <form method="post" action="/sign-in" class="stack">
          <input type="hidden" name="next" value={next} />
          <Field id="username" label={signIn.login}>
            <input
              class="input"
              id="username"
              name="username"
              value={login}
              autocomplete="username webauthn"
              autocapitalize="none"
              spellcheck={false}
              required
            />
          </Field>
          <Field id="password" label={signIn.password}>
            <input
              class="input"
              id="password"
              name="password"
              type="password"
              autocomplete="current-password"
              required
            />
          </Field>
          <button class="button large" type="submit">{signIn.submit}</button>
        </form>
        <Passkey view={view} next={next} />
        <p class="small">
          {signIn.noAccount} <a href="/sign-up">{signIn.makeOne}</a>
        </p>
        <details class="small">
          <summary class="soft">{signIn.noPassword}</summary>
          <p class="hint">{signIn.noPasswordText}</p>
          <p>
            <code>deno task admin user reset-password NAME</code>
          </p>
          <p>
            <code>deno task admin user sign-in-link NAME</code>
          </p>
        </details>
      </Gate>
    </Page>
  );
}

function showForm(props: Partial<FormProps> & { readonly view: View }, status = 200): Response {
  return renderPage(props.view, <SignInForm problem={null} login="" next="" {...props} />, status);
}

/** `GET /sign-in`, with `?token=` of a one-time link or without. */
export function signInPage(site: SiteDeps): AppHandler {
  return async function signInPage(c) {
    const token = c.req.query("token");
    const next = c.req.query("next") ?? "";
    const { clerk } = site.signIn;
    if (token === undefined) {
      if (clerk !== null) return c.redirect(clerk.signInUrl(clerkReturnUrl(site)), 303);
      return showForm({ view: await viewOf(site, c), next });
    }
    const user = await site.sessions.useLink(token);
    if (user === null) {
      const view = await viewOf(site, c);
      return showForm({ view, problem: view.text.signIn.linkUsed, next }, 410);
    }
    await beginSession(site, c, user);
    return c.redirect(safeNext(next), 303);
  };
}

/** `POST /sign-in`. */
export function signIn(site: SiteDeps): AppHandler {
  const addressOf = addressReader(site);
  return async function signIn(c: AppContext) {
    assertSameOrigin(c);
    const form = await readForm(c.req.raw);
    const [login, password] = [form.get("username") ?? "", form.get("password") ?? ""];
    const next = form.get("next") ?? "";
    try {
      const user = await signInByPassword(site, login, password, addressOf(c));
      if (user === null) {
        const view = await viewOf(site, c);
        return showForm({ view, problem: view.text.signIn.wrong, login, next }, 401);
      }
      await beginSession(site, c, user.id);
      return c.redirect(safeNext(next), 303);
    } catch (error) {
      const problem = toApiError(error);
      if (problem.status >= 500) throw error;
      const view = await viewOf(site, c);
      return showForm({ view, problem: problemText(view, problem), login, next }, problem.status);
    }
  };
}

/** `POST /sign-out`. */
export function signOut(site: SiteDeps): AppHandler {
  return async function signOut(c) {
    assertSameOrigin(c);
    await endSession(site, c);
    return c.redirect("/", 303);
  };
}
