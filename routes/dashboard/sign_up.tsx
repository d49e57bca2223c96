/**
 * `/sign-up`: an account with a password; `/sign-in/clerk`: back from Clerk; `/welcome`: the first user name.
 *
 * @module
 */
import type { VNode } from "preact";
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
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import type { Deps } from "../deps.ts";
import { Page, renderPage } from "./_render.tsx";
import { assertSameOrigin, beginSession, clerkReturnUrl } from "./_session.ts";

const NAME_HINT = "3 to 32 of a–z, 0–9, _ and -; it stands in the addresses of your pictures";

function Problem({ text }: { text: string | null }): VNode | null {
  return text === null ? null : <p class="problem" role="alert">{text}</p>;
}

function SignUpForm({ problem, username, email }: { problem: string | null; username: string; email: string }): VNode {
  return (
    <Page title="Sign up" userName={null}>
      <h1>Make an account</h1>
      <Problem text={problem} />
      <form method="post" action="/sign-up" class="stack narrow">
        <label>
          User name
          <input name="username" value={username} autocomplete="username" required minLength={3} maxLength={32} />
          <span class="hint">{NAME_HINT}</span>
        </label>
        <label>
          E-mail
          <input name="email" type="email" value={email} autocomplete="email" required />
        </label>
        <label>
          Password, {MIN_PASSWORD_CHARS} characters or more
          <input
            name="password"
            type="password"
            autocomplete="new-password"
            required
            minLength={MIN_PASSWORD_CHARS}
            maxLength={MAX_PASSWORD_CHARS}
          />
        </label>
        <button type="submit">Sign up</button>
      </form>
      <p>
        <a href="/sign-in">I have an account</a>
      </p>
    </Page>
  );
}

function show(deps: Deps, page: VNode, status = 200): Response {
  return renderPage(page, deliveryOrigin(deps).origin, status);
}

/** `GET /sign-up`. */
export function signUpPage(deps: Deps): AppHandler {
  return function signUpPage(c) {
    const { clerk } = deps.signIn;
    if (clerk !== null) return c.redirect(clerk.signUpUrl(clerkReturnUrl(deps)), 303);
    const closed = deps.config.SIGN_UP === "closed" ? "Sign-up is closed here." : null;
    return show(deps, <SignUpForm problem={closed} username="" email="" />);
  };
}

/** What went wrong, for the form it was typed into; faults of the server go on. */
function problemOf(error: unknown): ApiError {
  const problem = toApiError(error);
  if (problem.status >= 500) throw error;
  return problem;
}

/** `POST /sign-up`. */
export function signUpFromPage(deps: Deps): AppHandler {
  const addressOf = addressReader(deps);
  return async function signUpFromPage(c) {
    assertSameOrigin(c);
    const form = await readForm(c.req.raw);
    const [username, email, password] = ["username", "email", "password"].map((name) => form.get(name) ?? "");
    try {
      const user = await signUp(deps, { username: username!, email: email!, password: password! }, addressOf(c));
      await beginSession(deps, c, user.id);
      return c.redirect("/images", 303);
    } catch (error) {
      const { message, status } = problemOf(error);
      return show(deps, <SignUpForm problem={message} username={username!} email={email!} />, status);
    }
  };
}

/** Sends a browser without a token round by Clerk's front end, once. */
function handshake(deps: Deps, c: AppContext): Response {
  const { clerk } = deps.signIn;
  if (c.req.query("tried") !== undefined) throw new ApiError("UNAUTHORIZED", "Clerk sent no session; sign in again");
  return c.redirect(clerk!.handshakeUrl(`${clerkReturnUrl(deps)}?tried=1`), 303);
}

/** `GET /sign-in/clerk`: the session's token is verified and becomes a session of our own. */
export function returnFromClerk(deps: Deps): AppHandler {
  return async function returnFromClerk(c) {
    const { clerk, verifier } = deps.signIn;
    if (clerk === null) throw new ApiError("NOT_FOUND", "There is nothing at this address");
    const cookies = c.req.raw.headers.get("cookie");
    const token = await clerk.sessionToken(verifier, cookies, c.req.query("__clerk_handshake") ?? null);
    const claims = token === null ? null : await verifier.verify(token);
    const found = claims === null ? null : await userOfToken(deps, claims);
    if (found === null) return handshake(deps, c);
    if (isNewcomer(found)) {
      return c.redirect(`/welcome?newcomer=${await deps.sessions.createNewcomer(found.identity, found.email)}`, 303);
    }
    await beginSession(deps, c, found.id);
    return c.redirect("/images", 303);
  };
}

function WelcomeForm({ newcomer, problem }: { newcomer: string; problem: string | null }): VNode {
  return (
    <Page title="Welcome" userName={null}>
      <h1>Choose a user name</h1>
      <Problem text={problem} />
      <form method="post" action="/welcome" class="stack narrow">
        <input type="hidden" name="newcomer" value={newcomer} />
        <label>
          User name
          <input name="username" autocomplete="username" required minLength={3} maxLength={32} />
          <span class="hint">{NAME_HINT}</span>
        </label>
        <button type="submit">Begin</button>
      </form>
    </Page>
  );
}

/** `GET /welcome`. */
export function welcomePage(deps: Deps): AppHandler {
  return async function welcomePage(c) {
    const newcomer = c.req.query("newcomer") ?? "";
    if (await deps.sessions.newcomer(newcomer) === null) return c.redirect("/sign-in", 303);
    return show(deps, <WelcomeForm newcomer={newcomer} problem={null} />);
  };
}

/** `POST /welcome`. */
export function welcomeFromPage(deps: Deps): AppHandler {
  return async function welcomeFromPage(c) {
    assertSameOrigin(c);
    const form = await readForm(c.req.raw);
    const [newcomer, username] = [form.get("newcomer") ?? "", form.get("username") ?? ""];
    const record = await deps.sessions.newcomer(newcomer);
    if (record === null) return c.redirect("/sign-in", 303);
    try {
      const user = await chooseName(deps, record, username);
      await beginSession(deps, c, user.id);
      return c.redirect("/images", 303);
    } catch (error) {
      const { message, status } = problemOf(error);
      return show(deps, <WelcomeForm newcomer={newcomer} problem={message} />, status);
    }
  };
}
