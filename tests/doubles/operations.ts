/**
 * A valid call of every operation of the API, made with things of the user who calls.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { documentedPath, type OperationKey, type OPERATIONS } from "../../routes/api/v1/_operations.ts";
import type { Operation } from "../../routes/api/v1/_operations/operation.ts";
import { call } from "./api.ts";
import { ADMIN_TOKEN, fixture, ORIGIN, startTestApp, type TestApp, type TestUser } from "./app.ts";
import { TestAuthenticator } from "./authenticator.ts";
import { goodClaims, ISSUER, startIssuer, type TestIssuer } from "./issuer.ts";
import { FakeStripe, STRIPE_ENV, stripeEvent, stripeSignature, stripeSubscription } from "./stripe.ts";

const LEMON_SECRET = "lemon-secret";

/** Id of an operation. */
export type OperationId = (typeof OPERATIONS)[OperationKey]["id"];

/** What a call sends beyond the document's own example. */
export interface OperationCall {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly form?: FormData;
  /** Instead of the user's key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where another set-up is needed. */
  readonly app?: TestApp;
}

/** Two apps: one with everything sold, one with Clerk. */
export class OperationWorld {
  #pictures = 0;
  #names = 0;

  private constructor(
    readonly app: TestApp,
    readonly clerk: TestApp,
    readonly issuer: TestIssuer,
    readonly stripe: FakeStripe,
  ) {}

  /** Starts both. */
  static async start(): Promise<OperationWorld> {
    const [stripe, issuer] = [new FakeStripe(), await startIssuer()];
    const env = { ...STRIPE_ENV, LEMONSQUEEZY_WEBHOOK_SECRET: LEMON_SECRET };
    const clerkEnv = { CLERK_ISSUER: ISSUER, CLERK_PUBLISHABLE_KEY: `pk_live_${btoa("clerk.example.com$")}` };
    return new OperationWorld(
      await startTestApp({ env, fetch: stripe.fetch }),
      await startTestApp({ env: clerkEnv, fetch: issuer.fetch }),
      issuer,
      stripe,
    );
  }

  /** Stops both. */
  async close(): Promise<void> {
    await this.app.close();
    await this.clerk.close();
  }

  /** A name that nobody has. */
  newName(): string {
    return `name${++this.#names}`;
  }

  /** A picture of a user's own, at `stuff/{name}.png`. */
  async picture(by: TestUser, name = this.newName()): Promise<{ id: string; path: string }> {
    // A decoder stops at the end chunk; what follows makes the file another one.
    const bytes = Uint8Array.from([
      ...await fixture("quarters.png"),
      ...new TextEncoder().encode(`#${++this.#pictures}`),
    ]);
    const path = `stuff/${name}.png`;
    const response = await this.app.upload(by, bytes, `${name}.png`, { path });
    return { id: (await response.json()).id, path };
  }

  /** A user with a running subscription. */
  async subscriber(isCancelling = false): Promise<TestUser> {
    const by = await this.app.addUser(this.newName(), "free");
    const more = { id: `sub_${by.user.name}`, customer: `cus_${by.user.name}`, cancel_at_period_end: isCancelling };
    const subscription = stripeSubscription(by.user.id, { ...more, items: lastingItems(this.app.deps.now()) });
    this.stripe.subscription = subscription;
    const nowMs = this.app.deps.now();
    const body = JSON.stringify(stripeEvent("customer.subscription.updated", subscription, nowMs));
    await this.app.request("/api/v1/webhooks/stripe", { method: "POST", headers: stripeHeaders(body, nowMs), body });
    return by;
  }
}

const lastingItems = (nowMs: number) => ({
  object: "list",
  data: [{ id: "si_1", current_period_end: Math.floor(nowMs / 1000) + 20 * 86_400 }],
});
const stripeHeaders = (body: string, nowMs: number) => ({ "stripe-signature": stripeSignature(body, nowMs) });
const lemonHeaders = (body: string) => ({
  "x-signature": createHmac("sha256", LEMON_SECRET).update(body).digest("hex"),
});
const admin = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };

type Recipe = (world: OperationWorld, by: TestUser) => OperationCall | Promise<OperationCall>;

const nothing = () => ({});
const onPicture: Recipe = async (world, by) => ({ parameters: { id: (await world.picture(by)).id } });
const onPictures = (more: object): Recipe => async (world, by) => ({
  body: { ids: [(await world.picture(by)).id], ...more },
});

async function deleted(world: OperationWorld, by: TestUser): Promise<string> {
  const { id } = await world.picture(by);
  await call(world.app, by, "DELETE", `/api/v1/images/${id}?undoable=true`);
  return id;
}

async function preset(world: OperationWorld, by: TestUser): Promise<{ id: string; name: string }> {
  const name = world.newName();
  return (await call(world.app, by, "POST", "/api/v1/settings/presets", { name, params: { w: 20 } })).body;
}

const onPreset: Recipe = async (world, by) => ({ parameters: { id: (await preset(world, by)).id } });

const challenge = async ({ app }: OperationWorld, by: TestUser, what: "register" | "authenticate") =>
  (await call(app, by, "POST", `/api/v1/passkeys/${what}/options`)).body.challenge as string;

async function registered(world: OperationWorld, by: TestUser) {
  const device = await TestAuthenticator.make(ORIGIN);
  const credential = await device.register(await challenge(world, by, "register"));
  const { body } = await call(world.app, by, "POST", "/api/v1/passkeys/register/verify", credential);
  return { device, id: body.passkey_id as string };
}

const onPasskey: Recipe = async (world, by) => ({ parameters: { id: (await registered(world, by)).id } });

const IMAGES = {
  uploadImage: async (world) => {
    const form = new FormData();
    const bytes = Uint8Array.from([...await fixture("quarters.png"), ...new TextEncoder().encode(world.newName())]);
    form.append("file", new File([bytes], "photo.png"));
    form.append("target_path", "blog/2024");
    form.append("visibility", "private");
    return { form };
  },
  listImages: (world, by) => world.picture(by).then(() => ({ query: { limit: "5", sort: "size", path: "stuff" } })),
  searchImages: (world, by) => world.picture(by).then(() => ({ query: { q: "NAME" } })),
  downloadFolder: (world, by) => world.picture(by).then(() => ({ query: { path: "stuff" } })),
  getImage: onPicture,
  deleteImage: async (world, by) => ({ ...await onPicture(world, by), query: { undoable: "true" } }),
  restoreImage: async (world, by) => ({ parameters: { id: await deleted(world, by) } }),
  setVisibility: onPicture,
  updateVisibility: onPicture,
  addPath: async (world, by) => ({ ...await onPicture(world, by), body: { path: `${world.newName()}/more.png` } }),
  movePath: async (world, by) => {
    const { id, path } = await world.picture(by);
    return { parameters: { id }, body: { from: path, to: `${world.newName()}/moved.png` } };
  },
  removePath: async (world, by) => {
    const { id, path } = await world.picture(by);
    return { parameters: { id }, query: { path } };
  },
  deleteByPath: async (world, by) => ({
    parameters: { username: by.user.name, filepath: (await world.picture(by)).path },
  }),
  createSignedUrl: onPicture,
  listSigningKeys: async (world, by) => (await createLink(world, by), {}),
  rotateSigningKey: nothing,
  deleteImages: onPictures({ undoable: true }),
  restoreImages: async (world, by) => ({ body: { ids: [await deleted(world, by)] } }),
  moveImages: onPictures({ to: "elsewhere" }),
  setVisibilities: onPictures({ visibility: "private" }),
  getPicture: async (world, by) => ({
    parameters: { user: by.user.name, path: (await world.picture(by)).path.replace(".png", ".webp") },
    query: { w: "8", grayscale: "true" },
    headers: {},
  }),
  preflightPicture: () => ({ parameters: { user: "anybody", path: "a.png" }, headers: {} }),
} as const satisfies Record<string, Recipe>;

async function createLink(world: OperationWorld, by: TestUser): Promise<void> {
  await call(world.app, by, "POST", `/api/v1/images/${(await world.picture(by)).id}/signed-url`);
}

const ACCOUNT = {
  listPresets: (world, by) => preset(world, by).then(nothing),
  createPreset: (world) => ({ body: { name: world.newName(), params: { w: 200, fit: "cover", format: "webp" } } }),
  getPreset: onPreset,
  updatePreset: onPreset,
  deletePreset: async (world, by) => ({ parameters: { id: (await preset(world, by)).name } }),
  getUsage: nothing,
  getDailyUsage: () => ({ query: { days: "3" } }),
  getTopImages: async (world, by) => {
    const { path } = await world.picture(by);
    await world.app.request(`/i/${by.user.name}/${path}`);
    await world.app.deps.usage.flush();
    return { query: { limit: "3" } };
  },
  getSettings: nothing,
  updateSettings: nothing,
  listApiKeys: nothing,
  createApiKey: nothing,
  deleteApiKey: async ({ app }, by) => ({
    parameters: { id: (await call(app, by, "POST", "/api/v1/settings/api-keys", { name: "x" })).body.id },
  }),
  signUp: (world) => {
    const username = world.newName();
    return { body: { username, email: `${username}@example.com`, password: "correct horse battery" }, headers: {} };
  },
  signIn: async (world, by) => {
    const username = world.newName();
    const form = { username, email: `${username}@example.com`, password: "correct horse battery" };
    await call(world.app, by, "POST", "/api/v1/auth/sign-up", form);
    return { body: { username, password: form.password }, headers: {} };
  },
  chooseUsername: async (world) => {
    const nowMs = world.clerk.deps.now();
    const claims = goodClaims(nowMs, { sub: world.newName(), exp: Math.floor(nowMs / 1_000) + 3_600 });
    const token = await world.issuer.sign(claims);
    return { app: world.clerk, headers: { authorization: `Bearer ${token}` }, body: { username: world.newName() } };
  },
  renewToken: async ({ app }, by) => ({
    headers: { cookie: `imgsrc_session=${await app.deps.sessions.create(by.user.id)}` },
  }),
  logOutEverywhere: nothing,
  exportAccount: (world, by) => world.picture(by).then(nothing),
  deleteAccount: async (world) => {
    const gone = await world.app.addUser(world.newName());
    return { headers: gone.auth, body: { confirm: gone.user.name } };
  },
  getKeySet: () => ({ headers: {} }),
  getRegistrationOptions: nothing,
  registerPasskey: async (world, by) => ({
    body: await (await TestAuthenticator.make(ORIGIN)).register(await challenge(world, by, "register")),
  }),
  getAuthenticationOptions: () => ({ headers: {} }),
  signInByPasskey: async (world, by) => {
    const { device } = await registered(world, by);
    return { body: await device.sign(await challenge(world, by, "authenticate")), headers: {} };
  },
  listPasskeys: (world, by) => registered(world, by).then(nothing),
  renamePasskey: onPasskey,
  deletePasskey: onPasskey,
} as const satisfies Record<string, Recipe>;

const BUSINESS = {
  getSubscription: nothing,
  cancelSubscription: async (world) => ({ headers: (await world.subscriber()).auth }),
  resumeSubscription: async (world) => ({ headers: (await world.subscriber(true)).auth }),
  checkoutPro: async (world) => ({ headers: (await world.app.addUser(world.newName(), "free")).auth }),
  checkoutPacks: async (world) => ({ headers: (await world.subscriber()).auth }),
  openBillingPortal: async (world) => ({ headers: (await world.subscriber()).auth }),
  takeStripeEvent: ({ app }, by) => {
    const nowMs = app.deps.now();
    const body = stripeEvent("customer.created", { id: "cus_9", metadata: { user_id: by.user.id } }, nowMs);
    return { body, headers: stripeHeaders(JSON.stringify(body), nowMs) };
  },
  takeLemonSqueezyEvent: () => {
    const body = {
      meta: { event_name: "license_key_created" },
      data: { type: "license-keys", id: "1", attributes: {} },
    };
    return { body, headers: lemonHeaders(JSON.stringify(body)) };
  },
  setPlan: (_, by) => ({ ...admin, body: { user_id: by.user.id, plan: "pro" } }),
  setPlanByOldAddress: (_, by) => ({ ...admin, body: { user_id: by.user.id, plan: "pro" } }),
  recordTransform: (_, by) => ({ ...admin, body: { username: by.user.name } }),
  checkTransform: (_, by) => ({ ...admin, parameters: { username: by.user.name } }),
  resolvePath: async (world, by) => ({
    ...admin,
    parameters: { username: by.user.name, filepath: (await world.picture(by)).path },
  }),
  runAdminCommand: () => ({ ...admin, body: { command: "user list", args: {} } }),
  getHealth: () => ({ headers: {} }),
  getReady: () => ({ headers: {} }),
  getHealthOfApi: () => ({ headers: {} }),
} as const satisfies Record<string, Recipe>;

/** By operation id; one that is missing does not compile. */
export const OPERATION_CALLS: Readonly<Record<OperationId, Recipe>> = { ...IMAGES, ...ACCOUNT, ...BUSINESS };

/** The request that carries out a call: path with query, and the rest. */
export function requestOf(
  key: OperationKey,
  operation: Operation,
  given: OperationCall,
  by: TestUser,
): [string, RequestInit] {
  const [method, path] = documentedPath(key, operation).split(" ") as [string, string];
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    return given.parameters![name]!.split("/").map(encodeURIComponent).join("/");
  });
  const query = new URLSearchParams(given.query).toString();
  const body = given.body ?? operation.example;
  return [query === "" ? filled : `${filled}?${query}`, {
    method,
    headers: { ...given.headers ?? by.auth },
    ...(given.form !== undefined ? { body: given.form } : body === undefined ? {} : { body: JSON.stringify(body) }),
  }];
}
