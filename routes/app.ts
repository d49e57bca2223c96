/**
 * THE route table: path, handler, who may call, and how its answers are cached.
 *
 * @module
 */
import { Hono, type MiddlewareHandler } from "hono";
import { CodecError } from "../codec/errors.ts";
import { QuotaError } from "../kv/quota_error.ts";
import type { Scope } from "../kv/records.ts";
import { checkTransformElsewhere, recordTransformElsewhere, resolvePathElsewhere, runAdmin } from "./api/internal.ts";
import { documentOf, serveLlms, serveLlmsFull, serveOpenApi } from "./api/documents.ts";
import { setPlan } from "./api/v1/admin.ts";
import { chooseUserName, logOut, ownKeySet, renewToken, signInByApi, signUpByApi } from "./api/v1/auth.ts";
import {
  deletePasskey,
  listPasskeys,
  passkeyAuthenticationOptions,
  passkeyRegistrationOptions,
  registerPasskey,
  renamePasskey,
  signInByPasskey,
} from "./api/v1/passkeys.ts";
import {
  billingPortal,
  cancelSubscription,
  checkoutPacks,
  checkoutPro,
  getSubscription,
  resumeSubscription,
} from "./api/v1/subscription.ts";
import { lemonWebhook, stripeWebhook } from "./api/v1/webhooks.ts";
import { createApiKey, deleteApiKey, listApiKeys } from "./api/v1/api_keys.ts";
import { deleteAccount, downloadFolder, exportAccount } from "./api/v1/archives.ts";
import { batchDelete, batchMove, batchRestore, batchVisibility } from "./api/v1/batch.ts";
import { addPath, changePath, createSignedUrl, deleteByPath } from "./api/v1/image_changes.ts";
import { deletePathOfImage, setVisibility } from "./api/v1/image_changes.ts";
import { listAllImages, searchAllImages } from "./api/v1/image_lists.ts";
import { deleteImage, getImage, restoreImage, uploadImage } from "./api/v1/images.ts";
import { createPreset, deletePreset, getPreset, listPresets, updatePreset } from "./api/v1/presets.ts";
import { getSettings, listSigningKeys, rotateSigningKey, updateSettings } from "./api/v1/settings.ts";
import { getDailyUsage, getTopImages, getUsage } from "./api/v1/usage.ts";
import type { OperationPlace } from "./api/v1/_operations.ts";
import { apiReferencePage, oldApiReference } from "./dashboard/api_reference.tsx";
import { homePage } from "./dashboard/home.tsx";
import { deleteFromPage, imagePage } from "./dashboard/image.tsx";
import { downloadImages, imagesPage } from "./dashboard/images.tsx";
import { publish, publishPage } from "./dashboard/publish.tsx";
import { pricingPage } from "./dashboard/pricing.tsx";
import { docsPage } from "./dashboard/docs.tsx";
import { errorPage } from "./dashboard/error_page.tsx";
import { changeSettings, settingsPage } from "./dashboard/settings.tsx";
import { setPreferences } from "./dashboard/preferences.ts";
import { signIn, signInPage, signOut } from "./dashboard/sign_in.tsx";
import { returnFromClerk, signUpFromPage, signUpPage, welcomeFromPage, welcomePage } from "./dashboard/sign_up.tsx";
import { textPage } from "./dashboard/text_page.tsx";
import type { Config } from "./config.ts";
import { changeSubscription, usagePage } from "./dashboard/usage.tsx";
import type { SiteDeps } from "./dashboard/_view.ts";
import type { Deps } from "./deps.ts";
import { health } from "./health.ts";
import { serveMetrics } from "./metrics.ts";
import { ready } from "./ready.ts";
import { LoadShedder } from "./_middleware/load_shedder.ts";
import { HotPictures } from "./_middleware/hot_pictures.ts";
import { preflightPicture, servePicture } from "./i.ts";
import { ApiError, leavingError } from "./_http/api_error.ts";
import { rawTarget } from "./_http/delivery_url.ts";
import { errorResponse } from "./_http/error_response.ts";
import type { AppContext, AppEnv, AppHandler } from "./_middleware/env.ts";
import { observe } from "./_middleware/observe.ts";
import { limitRates } from "./_middleware/rate_limit.ts";
import { requireAdmin } from "./_middleware/require_admin.ts";
import { requireScope } from "./_middleware/require_scope.ts";
import { spendRequest } from "./_middleware/spend_request.ts";
import { toApiError } from "./_middleware/to_api_error.ts";
import { BrokenBodyError } from "./_http/multipart.ts";
import { serveSample } from "./sample.ts";
import { serveStatic, type StaticFile } from "./static.ts";

/** Who may call: anybody, a caller with a scope, a dashboard session (checked inside), the admin token. */
export type Access = "open" | Scope | "session" | "admin";

/** A page, or a file. */
interface PageRow {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly cache: "private, no-store" | "public, 1 hour, by etag";
}

/** Part of the API: has a row in the table of operations, from which its documents are made. */
type ApiRow = OperationPlace & { readonly cache: "no-store" | "public, 30 days, by etag" };

/** A route. `cache`: where its answers may be kept, and what ends that. */
export type RouteRow = (PageRow | ApiRow) & { readonly access: Access; readonly handler: AppHandler };

/** Answers a request. @param remoteAddress of the peer */
export type RequestHandler = (request: Request, remoteAddress?: string) => Promise<Response>;

/** Pattern of the addresses of pictures; metrics know those of a host of their own by it, too. */
const PICTURES = "/i/*";

/** Pictures that are answered again from memory. */
export function hotPicturesOf(deps: Deps): HotPictures {
  return new HotPictures(deps, PICTURES);
}

/** What refuses pictures while there is no time. */
export function loadShedderOf(deps: Deps): LoadShedder {
  return new LoadShedder(deps, PICTURES);
}

/** For whoever looks at the table and answers nothing. */
const unanswered: RequestHandler = () => Promise.reject(new Error("There is no program behind this table"));

/** Every route, in order: the first that matches wins. */
export function routeTable(
  deps: Deps,
  files: ReadonlyMap<string, StaticFile>,
  handle: RequestHandler = unanswered,
  hot: HotPictures = hotPicturesOf(deps),
): readonly RouteRow[] {
  const site: SiteDeps = { ...deps, files, handle };
  const api = { cache: "no-store" } as const;
  const page = { access: "session", cache: "private, no-store" } as const;
  const open = { access: "open", cache: "private, no-store" } as const;
  const picture = { access: "open", cache: "public, 30 days, by etag" } as const;
  const file = { access: "open", cache: "public, 1 hour, by etag" } as const;
  const document = documentOf(
    deps,
    () => rows.map((row) => ({ ...row, alwaysAnswers: ALWAYS_ANSWERS.test(row.path) })),
  );
  const rows: readonly RouteRow[] = [
    { method: "GET", path: "/health", access: "open", ...api, handler: health(deps) },
    { method: "GET", path: "/ready", access: "open", ...api, handler: ready(deps) },
    { method: "GET", path: "/api/v1/health", access: "open", ...api, handler: health(deps) },
    { method: "POST", path: "/api/v1/images", access: "write", ...api, handler: uploadImage(deps) },
    { method: "GET", path: "/api/v1/images", access: "read", ...api, handler: listAllImages(deps) },
    { method: "GET", path: "/api/v1/images/search", access: "read", ...api, handler: searchAllImages(deps) },
    { method: "GET", path: "/api/v1/images/archive", access: "read", ...api, handler: downloadFolder(deps) },
    { method: "GET", path: "/api/v1/images/:id", access: "read", ...api, handler: getImage(deps) },
    { method: "DELETE", path: "/api/v1/images/:id", access: "write", ...api, handler: deleteImage(deps) },
    { method: "POST", path: "/api/v1/images/batch/delete", access: "write", ...api, handler: batchDelete(deps) },
    { method: "POST", path: "/api/v1/images/batch/restore", access: "write", ...api, handler: batchRestore(deps) },
    { method: "POST", path: "/api/v1/images/batch/move", access: "write", ...api, handler: batchMove(deps) },
    {
      method: "POST",
      path: "/api/v1/images/batch/visibility",
      access: "write",
      ...api,
      handler: batchVisibility(deps),
    },
    { method: "PUT", path: "/api/v1/images/:id/visibility", access: "write", ...api, handler: setVisibility(deps) },
    { method: "PATCH", path: "/api/v1/images/:id/visibility", access: "write", ...api, handler: setVisibility(deps) },
    { method: "POST", path: "/api/v1/images/:id/signed-url", access: "write", ...api, handler: createSignedUrl(deps) },
    { method: "POST", path: "/api/v1/images/:id/restore", access: "write", ...api, handler: restoreImage(deps) },
    { method: "POST", path: "/api/v1/images/:id/paths", access: "write", ...api, handler: addPath(deps) },
    { method: "PATCH", path: "/api/v1/images/:id/paths", access: "write", ...api, handler: changePath(deps) },
    { method: "DELETE", path: "/api/v1/images/:id/paths", access: "write", ...api, handler: deletePathOfImage(deps) },
    { method: "DELETE", path: "/api/v1/images/path/*", access: "write", ...api, handler: deleteByPath(deps) },
    { method: "GET", path: "/api/v1/account/export", access: "read", ...api, handler: exportAccount(deps) },
    { method: "DELETE", path: "/api/v1/account", access: "write", ...api, handler: deleteAccount(deps) },
    { method: "GET", path: "/api/v1/usage", access: "read", ...api, handler: getUsage(deps) },
    { method: "GET", path: "/api/v1/usage/daily", access: "read", ...api, handler: getDailyUsage(deps) },
    { method: "GET", path: "/api/v1/usage/top-images", access: "read", ...api, handler: getTopImages(deps) },
    { method: "GET", path: "/api/v1/settings", access: "read", ...api, handler: getSettings(deps) },
    { method: "PUT", path: "/api/v1/settings", access: "write", ...api, handler: updateSettings(deps) },
    { method: "GET", path: "/api/v1/settings/api-keys", access: "read", ...api, handler: listApiKeys(deps) },
    { method: "POST", path: "/api/v1/settings/api-keys", access: "write", ...api, handler: createApiKey(deps) },
    { method: "DELETE", path: "/api/v1/settings/api-keys/:id", access: "write", ...api, handler: deleteApiKey(deps) },
    { method: "GET", path: "/api/v1/settings/presets", access: "read", ...api, handler: listPresets(deps) },
    { method: "POST", path: "/api/v1/settings/presets", access: "write", ...api, handler: createPreset(deps) },
    { method: "GET", path: "/api/v1/settings/presets/:id", access: "read", ...api, handler: getPreset(deps) },
    { method: "PUT", path: "/api/v1/settings/presets/:id", access: "write", ...api, handler: updatePreset(deps) },
    { method: "DELETE", path: "/api/v1/settings/presets/:id", access: "write", ...api, handler: deletePreset(deps) },
    { method: "GET", path: "/api/v1/settings/signing-keys", access: "read", ...api, handler: listSigningKeys(deps) },
    {
      method: "POST",
      path: "/api/v1/settings/signing-keys/rotate",
      access: "write",
      ...api,
      handler: rotateSigningKey(deps),
    },
    { method: "GET", path: "/api/v1/subscription", access: "read", ...api, handler: getSubscription(deps) },
    { method: "POST", path: "/api/v1/subscription/cancel", access: "write", ...api, handler: cancelSubscription(deps) },
    { method: "POST", path: "/api/v1/subscription/resume", access: "write", ...api, handler: resumeSubscription(deps) },
    { method: "POST", path: "/api/v1/subscription/checkout", access: "write", ...api, handler: checkoutPro(deps) },
    { method: "POST", path: "/api/v1/subscription/packs", access: "write", ...api, handler: checkoutPacks(deps) },
    { method: "POST", path: "/api/v1/subscription/portal", access: "write", ...api, handler: billingPortal(deps) },
    { method: "POST", path: "/api/v1/webhooks/stripe", access: "open", ...api, handler: stripeWebhook(deps) },
    { method: "POST", path: "/api/v1/webhooks/lemonsqueezy", access: "open", ...api, handler: lemonWebhook(deps) },
    { method: "POST", path: "/api/v1/auth/sign-up", access: "open", ...api, handler: signUpByApi(deps) },
    { method: "POST", path: "/api/v1/auth/sign-in", access: "open", ...api, handler: signInByApi(deps) },
    { method: "POST", path: "/api/v1/auth/username", access: "open", ...api, handler: chooseUserName(deps) },
    { method: "POST", path: "/api/v1/auth/token", access: "write", ...api, handler: renewToken(deps) },
    { method: "POST", path: "/api/v1/auth/log-out-everywhere", access: "write", ...api, handler: logOut(deps) },
    { method: "GET", path: "/.well-known/jwks.json", access: "open", ...api, handler: ownKeySet(deps) },
    {
      method: "POST",
      path: "/api/v1/passkeys/register/options",
      access: "write",
      ...api,
      handler: passkeyRegistrationOptions(deps),
    },
    {
      method: "POST",
      path: "/api/v1/passkeys/register/verify",
      access: "write",
      ...api,
      handler: registerPasskey(deps),
    },
    {
      method: "POST",
      path: "/api/v1/passkeys/authenticate/options",
      access: "open",
      ...api,
      handler: passkeyAuthenticationOptions(deps),
    },
    {
      method: "POST",
      path: "/api/v1/passkeys/authenticate/verify",
      access: "open",
      ...api,
      handler: signInByPasskey(deps),
    },
    { method: "GET", path: "/api/v1/passkeys", access: "read", ...api, handler: listPasskeys(deps) },
    { method: "PATCH", path: "/api/v1/passkeys/:id", access: "write", ...api, handler: renamePasskey(deps) },
    { method: "DELETE", path: "/api/v1/passkeys/:id", access: "write", ...api, handler: deletePasskey(deps) },
    { method: "POST", path: "/api/v1/admin/plan", access: "admin", ...api, handler: setPlan(deps) },
    { method: "POST", path: "/admin/plan", access: "admin", ...api, handler: setPlan(deps) },
    {
      method: "POST",
      path: "/api/internal/record-transform",
      access: "admin",
      ...api,
      handler: recordTransformElsewhere(deps),
    },
    {
      method: "GET",
      path: "/api/internal/check-transform/:username",
      access: "admin",
      ...api,
      handler: checkTransformElsewhere(deps),
    },
    {
      method: "GET",
      path: "/api/internal/resolve-path/*",
      access: "admin",
      ...api,
      handler: resolvePathElsewhere(deps),
    },
    { method: "POST", path: "/api/internal/admin", access: "admin", ...api, handler: runAdmin(deps) },
    { method: "GET", path: PICTURES, ...picture, handler: servePicture(deps, "/i", hot) },
    { method: "OPTIONS", path: PICTURES, ...picture, handler: preflightPicture },
    { method: "GET", path: "/", ...open, handler: homePage(site) },
    { method: "GET", path: "/sample/*", ...file, handler: serveSample(deps, files) },
    { method: "GET", path: "/pricing", ...open, handler: pricingPage(site) },
    { method: "GET", path: "/about", ...open, handler: textPage(site, "about") },
    { method: "GET", path: "/terms-of-service", ...open, handler: textPage(site, "terms") },
    { method: "GET", path: "/privacy-policy", ...open, handler: textPage(site, "privacy") },
    { method: "GET", path: "/sign-in", ...open, handler: signInPage(site) },
    { method: "POST", path: "/sign-in", ...open, handler: signIn(site) },
    { method: "GET", path: "/sign-in/clerk", ...open, handler: returnFromClerk(site) },
    { method: "GET", path: "/sign-up", ...open, handler: signUpPage(site) },
    { method: "POST", path: "/sign-up", ...open, handler: signUpFromPage(site) },
    { method: "GET", path: "/welcome", ...open, handler: welcomePage(site) },
    { method: "POST", path: "/welcome", ...open, handler: welcomeFromPage(site) },
    { method: "POST", path: "/preferences", ...open, handler: setPreferences(site) },
    { method: "POST", path: "/sign-out", ...open, handler: signOut(site) },
    { method: "GET", path: "/images", ...page, handler: imagesPage(site) },
    { method: "POST", path: "/images/download", ...page, handler: downloadImages(site) },
    { method: "GET", path: "/images/:id", ...page, handler: imagePage(site) },
    { method: "POST", path: "/images/:id/delete", ...page, handler: deleteFromPage(site) },
    { method: "GET", path: "/settings", ...page, handler: settingsPage(site) },
    { method: "POST", path: "/settings", ...page, handler: changeSettings(site) },
    { method: "GET", path: "/usage", ...page, handler: usagePage(site) },
    { method: "POST", path: "/usage", ...page, handler: changeSubscription(site) },
    { method: "GET", path: "/publish", ...page, handler: publishPage(site) },
    { method: "POST", path: "/publish", ...page, handler: publish(site) },
    { method: "GET", path: "/static/*", access: "open", cache: "public, 1 hour, by etag", handler: serveStatic(files) },
    { method: "GET", path: "/openapi.json", ...file, handler: serveOpenApi(document) },
    { method: "GET", path: "/api-reference/openapi.json", ...file, handler: serveOpenApi(document) },
    { method: "GET", path: "/llms.txt", ...file, handler: serveLlms(document) },
    { method: "GET", path: "/llms-full.txt", ...file, handler: serveLlmsFull(document) },
    { method: "GET", path: "/docs", ...open, handler: docsPage(site) },
    { method: "GET", path: "/docs/api", ...open, handler: apiReferencePage(site, document) },
    { method: "GET", path: "/api-reference", ...open, handler: oldApiReference() },
  ];
  return isMetricsHere(deps.config)
    ? [...rows, { method: "GET", path: "/metrics", ...open, handler: serveMetrics(deps) }]
    : rows;
}

/** Metrics without a port of their own stand behind a token; without either there are none. */
const isMetricsHere = ({ METRICS_PORT, METRICS_TOKEN }: Config) => METRICS_PORT === 0 && METRICS_TOKEN !== "";

/** In the log only: the client went away before its answer, which is no fault of the server. */
const CLIENT_GONE = 499;

const EXPECTED_OF_CODECS: ReadonlySet<string> = new Set(["busy", "cancelled", "deadline"]);

/**
 * No fault to be looked into: what was never set up, a full queue, a picture that took too long, a server that goes
 * down. The line of the request tells of it; a stack each time would bury the faults.
 */
function isExpected(error: Error, answer: ApiError): boolean {
  if (answer.code === "NOT_CONFIGURED" || error instanceof ApiError) return true;
  return error instanceof CodecError && EXPECTED_OF_CODECS.has(error.code);
}

/** Answers a failure: with a page where a browser asked for one, else with the envelope. */
type Failing = (c: AppContext, error: ApiError) => Promise<Response>;

const sendEnvelope: Failing = (c, error) =>
  Promise.resolve(errorResponse(error, rawTarget(c.req.url).path, c.get("errorHeaders")));

/** Browsers that ask for a page get one. */
function sendPage(site: SiteDeps): Failing {
  return async (c, error) => await errorPage(site, c, error) ?? await sendEnvelope(c, error);
}

function onError(deps: Deps, fail: Failing) {
  return async (error: Error, c: AppContext): Promise<Response> => {
    const isCutByUs = error instanceof BrokenBodyError && deps.isDraining();
    const answer = isCutByUs ? leavingError() : toApiError(error);
    if (answer.code === "RATE_LIMIT_EXCEEDED") c.get("notes").rejectedBy = "rate";
    if (error instanceof QuotaError) c.get("notes").rejectedBy = error.metric;
    if (answer.status >= 500 && c.req.raw.signal.aborted) return new Response(null, { status: CLIENT_GONE });
    if (answer.status >= 500 && !isExpected(error, answer)) {
      deps.log.error("failed", { id: c.get("requestId"), message: error.message, stack: error.stack });
    }
    return await fail(c, answer);
  };
}

/** Methods that exist at a path, so that a wrong one is a 405 and not a 404; an operator's paths exist for nobody else. */
function notFound(rows: readonly RouteRow[], fail: Failing) {
  const known = new Map<string, string[]>();
  for (const { method, path } of rows.filter((r) => r.access !== "admin")) {
    known.set(path, [...known.get(path) ?? [], ...method === "GET" ? ["GET", "HEAD"] : [method]]);
  }
  const patterns = [...known].map(([path, methods]) => {
    const pattern = path.replace(/:[a-z]+/g, "[^/]+").replace(/\*$/, ".*");
    return { test: new RegExp(`^${pattern}$`), allow: methods.join(", ") };
  });
  return (c: AppContext): Promise<Response> => {
    const path = rawTarget(c.req.url).path;
    const match = patterns.find(({ test }) => test.test(path));
    if (match !== undefined) {
      const message = `${c.req.method} is not possible here, only ${match.allow}`;
      return fail(c, new ApiError("METHOD_NOT_ALLOWED", message, { allow: match.allow }));
    }
    return fail(c, new ApiError("NOT_FOUND", "There is nothing at this address"));
  };
}

/** A host of its own for pictures serves nothing else, and them without `/i`. */
function pictureHostApp(deps: Deps, hot: HotPictures): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(observe(deps, () => PICTURES));
  app.get("/health", health(deps));
  app.get("/*", servePicture(deps, "", hot));
  app.options("/*", preflightPicture);
  return withErrors(app, deps, [], sendEnvelope);
}

function withErrors(app: Hono<AppEnv>, deps: Deps, rows: readonly RouteRow[], fail: Failing): Hono<AppEnv> {
  app.onError(onError(deps, fail));
  app.notFound(notFound(rows, fail));
  return app;
}

/** Answered when the quota of requests is used up, too: where people see it, pay, or leave. */
const ALWAYS_ANSWERS = /^\/api\/v1\/(usage|settings|subscription|account|auth|passkeys)(\/|$)/;

/** Authentication, rate and scope, then the quota; the plan's features and the body are the handler's. */
function guardsOf(deps: Deps, { access, path }: RouteRow): MiddlewareHandler<AppEnv>[] {
  if (access === "admin") return [requireAdmin(deps)];
  if (access !== "read" && access !== "write") return [];
  return [requireScope(deps, access), spendRequest(deps, ALWAYS_ANSWERS.test(path))];
}

/** The port for operators: metrics, life and readiness, nothing else; none of it is logged or counted. */
export function createMetricsApp(deps: Deps): (request: Request) => Promise<Response> {
  const app = new Hono<AppEnv>();
  app.get("/metrics", serveMetrics(deps));
  app.get("/health", health(deps));
  app.get("/ready", ready(deps));
  app.notFound((c) => errorResponse(new ApiError("NOT_FOUND", "Here are /metrics, /health and /ready"), c.req.path));
  return async (request) => await app.fetch(request);
}

/**
 * Builds the program's HTTP side.
 *
 * @param files what `/static/` serves
 * @param hot pictures that whoever reads connections asks for, too
 */
export function createApp(
  deps: Deps,
  files: ReadonlyMap<string, StaticFile>,
  hot: HotPictures = hotPicturesOf(deps),
): RequestHandler {
  const app = new Hono<AppEnv>();
  const handle: RequestHandler = async (request, remoteAddress = "") => await app.fetch(request, { remoteAddress });
  const rows = routeTable(deps, files, handle, hot);
  const known = new Set<string>(rows.map(({ path }) => path));
  app.use(observe(deps, (pattern) => (known.has(pattern) ? pattern : "none")));
  const rates = limitRates(deps);
  app.use("/api/*", rates);
  app.use("/health", rates);
  for (const row of rows) app.on(row.method, [row.path], ...guardsOf(deps, row), row.handler);
  withErrors(app, deps, rows, sendPage({ ...deps, files, handle }));
  const cdnHost = deps.config.CDN_URL?.host;
  const isOwnHost = cdnHost !== undefined && cdnHost !== new URL(deps.publicOrigin).host;
  const pictures = isOwnHost ? pictureHostApp(deps, hot) : null;
  return async (request, remoteAddress = "") => {
    const again = hot.answer(request);
    if (again !== null) return again;
    const isPicture = pictures !== null && request.headers.get("host")?.toLowerCase() === cdnHost;
    const answer = await (isPicture ? pictures.fetch(request, { remoteAddress }) : handle(request, remoteAddress));
    hot.keep(request, answer);
    return answer;
  };
}
