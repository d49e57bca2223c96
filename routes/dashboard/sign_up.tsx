/**
 * `/sign-up`: an account with a password; `/sign-in/clerk`: back from Clerk; `/welcome`: the first user name.
 *
 * @module
 */
import type { VNode } from "preact";
import { fill } from "../../islands/ui/fill.ts";
import type { UserRecord } from "../../kv/records.ts";
import { ApiError } from "../_http/api_error.ts";
import { readForm } from "../_http/form_body.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { addressReader } from "../_middleware/rate_limit.ts";
import { toApiError } from "../_middleware/to_api_error.ts";
import {
  chooseName,
  isNewcomer,
  MAX_PASSWORD_CHARS,
  MIN_PASSWORD_CHARS,
  signUp,
  userOfToken,
} from "../_services/accounts.ts";
import { problemText } from "./_api.ts";
import { Field, Gate } from "./_components/gate.tsx";
import { Problem } from "./_components/notice.tsx";
import { FIRST_PAGE } from "./_guard.ts";
import { Page, renderPage } from "./_render.tsx";
import { assertSameOrigin, beginSession, clerkReturnUrl } from "./_session.ts";
import { type SiteDeps, type View, viewFor, viewOf } from "./_view.ts";

interface FormProps {
  readonly view: View;
  readonly problem: string | null;
}

function UserName({ view, value }: { readonly view: View; readonly value: string }): VNode {
  const { signIn } = view.text;
  return (
    <Field id="username" label={signIn.userName} hint={signIn.userNameHint}>
      <input
        class="input"
        id="username"
        name="username"
        value={value}
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        required
        minLength={3}
        maxLength={32}
        aria-describedby="username-hint"
      />
    </Field>
  );
}

function SignUpFields({ view, username, email }: { view: View; username: string; email: string }): VNode {
  const { signIn } = view.text;
  return (
    <form method="post" action="/sign-up" class="stack">
      <UserName view={view} value={username} />
      <Field id="email" label={signIn.email}>
        <input class="input" id="email" name="email" type="email" value={email} autocomplete="email" required />
      </Field>
      <Field id="password" label={signIn.password} hint={fill(signIn.passwordHint, { count: MIN_PASSWORD_CHARS })}>
        <input
          class="input"
          id="password"
          name="password"
          type="password"
          autocomplete="new-password"
          required
          minLength={MIN_PASSWORD_CHARS}
          maxLength={MAX_PASSWORD_CHARS}
          aria-describedby="password-hint"
        />
      </Field>
      <button class="button large" type="submit">{signIn.signUpSubmit}</button>
      <p class="hint">
        {signIn.agree} <a href="/terms-of-service">{view.text.shell.terms}</a> {signIn.and}{" "}
        <a href="/privacy-policy">{view.text.shell.privacy}</a>.
      </p>
    </form>
  );
}

function SignUpForm(
  { view, problem, isClosed, username, email }: FormProps & { isClosed: boolean; username: string; email: string },
): VNode {
  const { signIn } = view.text;
  return (
    <Page view={view} title={signIn.signUpTitle} styles={["gate.css"]}>
      <Gate title={signIn.signUpTitle} {...(isClosed ? {} : { lead: signIn.signUpLead })}>
        <Problem text={isClosed ? signIn.signUpClosed : problem} />
        {isClosed ? null : <SignUpFields view={view} username={username} email={email} />}
        <p class="small">
          {signIn.haveAccount} <a href="/sign-in">{signIn.submit}</a>
        </p>
      </Gate>
    </Page>
  );
}

/** `GET /sign-up`. */
export function signUpPage(site: SiteDeps): AppHandler {
  return async function signUpPage(c) {
    const { clerk } = site.signIn;
    if (clerk !== null) return c.redirect(clerk.signUpUrl(clerkReturnUrl(site)), 303);
    const view = await viewOf(site, c);
    const isClosed = site.config.SIGN_UP === "closed";
    return renderPage(view, <SignUpForm view={view} problem={null} isClosed={isClosed} username="" email="" />);
  };
}

/** What went wrong, for the form it was typed into; faults of the server go on. */
function problemOf(error: unknown): ApiError {
  const problem = toApiError(error);
  if (problem.status >= 500) throw error;
  return problem;
}

/** `POST /sign-up`. */
export function signUpFromPage(site: SiteDeps): AppHandler {
  const addressOf = addressReader(site);
  return async function signUpFromPage(c) {
    assertSameOrigin(c);
    const form = await readForm(c.req.raw);
    const [username, email, password] = ["username", "email", "password"].map((name) => form.get(name) ?? "");
    try {
      const user = await signUp(site, { username: username!, email: email!, password: password! }, addressOf(c));
      await keepChoices(site, c, user);
      await beginSession(site, c, user.id);
      return c.redirect(FIRST_PAGE, 303);
    } catch (error) {
      const failure = problemOf(error);
      const view = await viewOf(site, c);
      const props = { view, problem: problemText(view, failure), username: username!, email: email! };
      return renderPage(view, <SignUpForm {...props} isClosed={false} />, failure.status);
    }
  };
}

/** A new account keeps the language and theme that the page was in. */
async function keepChoices(site: SiteDeps, c: AppContext, user: UserRecord): Promise<void> {
  const { language, theme } = viewFor(site, c, null);
  await site.users.update(user.id, (old) => ({ ...old, settings: { ...old.settings, language, theme } }));
}

/** Sends a browser without a token round by Clerk's front end, once. */
function handshake(site: SiteDeps, c: AppContext): Response {
  const { clerk } = site.signIn;
  if (c.req.query("tried") !== undefined) throw new ApiError("UNAUTHORIZED", "Clerk sent no session; sign in again");
  return c.redirect(clerk!.handshakeUrl(`${clerkReturnUrl(site)}?tried=1`), 303);
}

/** `GET /sign-in/clerk`: the session's token is verified and becomes a session of our own. */
export function returnFromClerk(site: SiteDeps): AppHandler {
  return async function returnFromClerk(c) {
    const { clerk, verifier } = site.signIn;
    if (clerk === null) throw new ApiError("NOT_FOUND", "There is nothing at this address");
    const cookies = c.req.raw.headers.get("cookie");
    const token = await clerk.sessionToken(verifier, cookies, c.req.query("__clerk_handshake") ?? null);
    const claims = token === null ? null : await verifier.verify(token);
    const found = claims === null ? null : await userOfToken(site, claims);
    if (found === null) return handshake(site, c);
    if (isNewcomer(found)) {
      return c.redirect(`/welcome?newcomer=${await site.sessions.createNewcomer(found.identity, found.email)}`, 303);
    }
    await beginSession(site, c, found.id);
    return c.redirect(FIRST_PAGE, 303);
  };
}

function WelcomeForm({ view, newcomer, problem }: FormProps & { newcomer: string }): VNode {
  const { signIn } = view.text;
  return (
    <Page view={view} title={signIn.welcomeTitle} styles={["gate.css"]}>
      <Gate title={signIn.welcomeTitle}>
        <Problem text={problem} />
        <form method="post" action="/welcome" class="stack">
          <input type="hidden" name="newcomer" value={newcomer} />
          <UserName view={view} value="" />
          <button class="button large" type="submit">{signIn.welcomeSubmit}</button>
        </form>
      </Gate>
    </Page>
  );
}

/** `GET /welcome`. */
export function welcomePage(site: SiteDeps): AppHandler {
  return async function welcomePage(c) {
    const newcomer = c.req.query("newcomer") ?? "";
    if (await site.sessions.newcomer(newcomer) === null) return c.redirect("/sign-in", 303);
    const view = await viewOf(site, c);
    return renderPage(view, <WelcomeForm view={view} newcomer={newcomer} problem={null} />);
  };
}

/** `POST /welcome`. */
export function welcomeFromPage(site: SiteDeps): AppHandler {
  return async function welcomeFromPage(c) {
    assertSameOrigin(c);
    const form = await readForm(c.req.raw);
    const [newcomer, username] = [form.get("newcomer") ?? "", form.get("username") ?? ""];
    const record = await site.sessions.newcomer(newcomer);
    if (record === null) return c.redirect("/sign-in", 303);
    try {
      const user = await chooseName(site, record, username);
      await keepChoices(site, c, user);
      await beginSession(site, c, user.id);
      return c.redirect(FIRST_PAGE, 303);
    } catch (error) {
      const failure = problemOf(error);
      const view = await viewOf(site, c);
      const form = <WelcomeForm view={view} newcomer={newcomer} problem={problemText(view, failure)} />;
      return renderPage(view, form, failure.status);
    }
  };
}
