/**
 * Clerk: where people sign in, how they come back, and its API. Written from Clerk's documentation of its hosted pages
 * (https://clerk.com/docs/account-portal) and of the handshake (https://clerk.com/docs/how-clerk-works/overview);
 * tested against a stub.
 *
 * @module
 */
import type { Deps } from "../deps.ts";
import { ServiceError } from "./service_error.ts";
import type { TokenVerifier } from "./tokens.ts";

const DEFAULT_API_URL = "https://api.clerk.com/v1";
const API_TIMEOUT_MS = 5_000;
const MAX_SESSIONS = 100;
/** Cookie that Clerk's front end sets on our domain, with the session's token. */
const SESSION_COOKIE = "__session";
const HANDSHAKE = "__clerk_handshake";

/** Settings of Clerk. */
export type ClerkConfig = Pick<
  Deps["config"],
  "CLERK_ISSUER" | "CLERK_JWKS_URL" | "CLERK_PUBLISHABLE_KEY" | "CLERK_SECRET_KEY" | "CLERK_API_URL"
>;

/** Whether people sign in by Clerk instead of here. */
export function usesClerk(config: ClerkConfig): boolean {
  return config.CLERK_ISSUER !== null || config.CLERK_JWKS_URL !== null;
}

/** Where Clerk's public keys are. */
export function clerkJwksUrl(config: ClerkConfig): string {
  return config.CLERK_JWKS_URL?.href ?? `${config.CLERK_ISSUER!.origin}/.well-known/jwks.json`;
}

/** Host of Clerk's front-end API out of a publishable key (`pk_live_` + base64 of the host and `$`), or null. */
export function frontendHost(publishableKey: string): string | null {
  const encoded = /^pk_(?:live|test)_([A-Za-z0-9+/=]+)$/.exec(publishableKey)?.[1];
  if (encoded === undefined) return null;
  try {
    return /^([a-z0-9.-]+)\$$/.exec(atob(encoded))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Host of the hosted pages: `x.clerk.accounts.dev` → `x.accounts.dev`, `clerk.example.com` → `accounts.example.com`. */
export function portalHost(frontend: string): string {
  if (frontend.endsWith(".clerk.accounts.dev")) return frontend.replace(".clerk.accounts.dev", ".accounts.dev");
  return frontend.replace(/^clerk\./, "accounts.");
}

function cookieValue(header: string | null, name: string): string | null {
  const pair = (header ?? "").split(/;\s*/).find((p) => p.startsWith(`${name}=`));
  return pair === undefined ? null : pair.slice(name.length + 1) || null;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** See the module's comment. */
export class Clerk {
  #config: ClerkConfig;
  #frontend: string;
  #fetch: Fetch;

  constructor(config: ClerkConfig, fetch: Fetch) {
    this.#config = config;
    this.#fetch = fetch;
    this.#frontend = frontendHost(config.CLERK_PUBLISHABLE_KEY) ?? config.CLERK_ISSUER?.host ?? "";
  }

  #hosted(page: "sign-in" | "sign-up", returnUrl: string): string {
    if (this.#frontend === "") throw new ServiceError("not_configured", "CLERK_PUBLISHABLE_KEY is not set");
    const url = new URL(`https://${portalHost(this.#frontend)}/${page}`);
    url.searchParams.set("redirect_url", returnUrl);
    return url.href;
  }

  /** Address of the hosted sign-in page. @throws {ServiceError} `not_configured` */
  signInUrl(returnUrl: string): string {
    return this.#hosted("sign-in", returnUrl);
  }

  /** Address of the hosted sign-up page. @throws {ServiceError} `not_configured` */
  signUpUrl(returnUrl: string): string {
    return this.#hosted("sign-up", returnUrl);
  }

  /** Address that sends a browser back with its session's token. */
  handshakeUrl(returnUrl: string): string {
    const url = new URL(`https://${this.#frontend}/v1/client/handshake`);
    url.searchParams.set("redirect_url", returnUrl);
    return url.href;
  }

  /**
   * The session's token that a browser brought: in a signed handshake, or in Clerk's cookie.
   *
   * @param handshake the query's `__clerk_handshake`
   * @returns null when it brought none; the token is still to be verified
   */
  async sessionToken(verifier: TokenVerifier, cookies: string | null, handshake: string | null) {
    const brought = handshake ?? cookieValue(cookies, HANDSHAKE);
    const letter = brought === null ? null : await verifier.signedContent(brought);
    const lines = (letter as { handshake?: unknown } | null)?.handshake;
    const fromHandshake = Array.isArray(lines)
      ? lines.map((line) => cookieValue(String(line), SESSION_COOKIE)).find((v) => v !== null)
      : undefined;
    return fromHandshake ?? cookieValue(cookies, SESSION_COOKIE);
  }

  /** Ends every session that Clerk itself has of a user. Nothing without the secret key. */
  async endSessions(subject: string): Promise<void> {
    if (this.#config.CLERK_SECRET_KEY === "") return;
    const query = new URLSearchParams({ user_id: subject, status: "active", limit: String(MAX_SESSIONS) });
    const answer = await this.#call("GET", `sessions?${query}`) as { id?: unknown }[] | { data?: { id?: unknown }[] };
    const sessions = Array.isArray(answer) ? answer : answer.data ?? [];
    for (const { id } of sessions) await this.#call("POST", `sessions/${encodeURIComponent(String(id))}/revoke`);
  }

  async #call(method: string, path: string): Promise<unknown> {
    const base = this.#config.CLERK_API_URL?.href.replace(/\/$/, "") ?? DEFAULT_API_URL;
    const response = await this.#fetch(`${base}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#config.CLERK_SECRET_KEY}`, accept: "application/json" },
      signal: AbortSignal.timeout(API_TIMEOUT_MS),
    });
    if (response.ok) return await response.json();
    await response.body?.cancel();
    throw new ServiceError("upstream", `Clerk answered with status ${response.status}`);
  }
}
