/**
 * `/sign-in`: by one-time link or by user name and password; `/sign-out`.
 *
 * @module
 */
import type { VNode } from "preact";
import { readForm } from "../_http/form_body.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { addressReader } from "../_middleware/rate_limit.ts";
import { toApiError } from "../_middleware/to_api_error.ts";
import { signInByPassword } from "../_services/accounts.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import type { Deps } from "../deps.ts";
import { Page, renderPage } from "./_render.tsx";
import { assertSameOrigin, beginSession, clerkReturnUrl, endSession } from "./_session.ts";

function SignInForm({ problem }: { problem: string | null }): VNode {
  return (
    <Page title="Sign in" userName={null}>
      <h1>Sign in</h1>
      {problem === null ? null : <p class="problem" role="alert">{problem}</p>}
      <form method="post" action="/sign-in" class="stack narrow">
        <label>
          User name or e-mail
          <input name="username" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit">Sign in</button>
      </form>
      <p>
        <a href="/sign-up">Make an account</a>
      </p>
      <p class="hint">
        No password yet? Whoever runs this server can make one with{" "}
        <code>deno task admin user reset-password NAME</code>, or a link that signs in once with{" "}
        <code>deno task admin user sign-in-link NAME</code>.
      </p>
    </Page>
  );
}

function showForm(deps: Deps, problem: string | null, status = 200): Response {
  return renderPage(<SignInForm problem={problem} />, deliveryOrigin(deps).origin, status);
}

/** `GET /sign-in`, with `?token=` of a one-time link or without. */
export function signInPage(deps: Deps): AppHandler {
  return async function signInPage(c) {
    const token = c.req.query("token");
    const { clerk } = deps.signIn;
    if (token === undefined) {
      return clerk === null ? showForm(deps, null) : c.redirect(clerk.signInUrl(clerkReturnUrl(deps)), 303);
    }
    const user = await deps.sessions.useLink(token);
    if (user === null) return showForm(deps, "This link has been used already, or is too old.", 410);
    await beginSession(deps, c, user);
    return c.redirect("/images", 303);
  };
}

/** `POST /sign-in`. */
export function signIn(deps: Deps): AppHandler {
  const addressOf = addressReader(deps);
  return async function signIn(c: AppContext) {
    assertSameOrigin(c);
    const form = await readForm(c.req.raw);
    const [login, password] = [form.get("username") ?? "", form.get("password") ?? ""];
    try {
      const user = await signInByPassword(deps, login, password, addressOf(c));
      if (user === null) return showForm(deps, "User name or password is wrong.", 401);
      await beginSession(deps, c, user.id);
      return c.redirect("/images", 303);
    } catch (error) {
      const problem = toApiError(error);
      if (problem.status >= 500) throw error;
      return showForm(deps, problem.message, problem.status);
    }
  };
}

/** `POST /sign-out`. */
export function signOut(deps: Deps): AppHandler {
  return async function signOut(c) {
    assertSameOrigin(c);
    await endSession(deps, c);
    return c.redirect("/", 303);
  };
}
