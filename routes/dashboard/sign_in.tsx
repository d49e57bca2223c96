/**
 * `/sign-in`: by one-time link or by user name and password; `/sign-out`.
 *
 * @module
 */
import type { VNode } from "preact";
import { NameError, parseUserName, type UserId } from "../../kv/ids.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import { deliveryOrigin } from "../_services/delivery_origin.ts";
import type { Deps } from "../deps.ts";
import { Page, renderPage } from "./_render.tsx";
import { assertSameOrigin, beginSession, endSession } from "./_session.ts";

function SignInForm({ problem }: { problem: string | null }): VNode {
  return (
    <Page title="Sign in" userName={null}>
      <h1>Sign in</h1>
      {problem === null ? null : <p class="problem" role="alert">{problem}</p>}
      <form method="post" action="/sign-in" class="stack narrow">
        <label>
          User name
          <input name="username" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit">Sign in</button>
      </form>
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
    if (token === undefined) return showForm(deps, null);
    const user = await deps.sessions.useLink(token);
    if (user === null) return showForm(deps, "This link has been used already, or is too old.", 410);
    await beginSession(deps, c, user);
    return c.redirect("/images", 303);
  };
}

async function findUser(deps: Deps, name: string): Promise<UserId | null> {
  try {
    return (await deps.users.byName(parseUserName(name)))?.id ?? null;
  } catch (error) {
    if (error instanceof NameError) return null;
    throw error;
  }
}

/** `POST /sign-in`. */
export function signIn(deps: Deps): AppHandler {
  return async function signIn(c: AppContext) {
    assertSameOrigin(c);
    const form = await c.req.parseBody();
    const [name, password] = [String(form.username ?? ""), String(form.password ?? "")];
    if (!deps.attempts.take(name)) {
      return showForm(deps, "Too many tries. Wait a minute, then try again.", 429);
    }
    const user = await findUser(deps, name);
    if (!await deps.passwords.verify(user, password) || user === null) {
      return showForm(deps, "User name or password is wrong.", 401);
    }
    await beginSession(deps, c, user);
    return c.redirect("/images", 303);
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
