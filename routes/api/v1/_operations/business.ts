/**
 * Operations of subscriptions, of webhooks and of whoever runs the server.
 *
 * @module
 */
import { z } from "zod";
import {
  AdminCommandAnswer,
  AdminCommandBody,
  AdminPlanAnswer,
  AdminPlanBody,
  CheckTransformAnswer,
  RecordTransformAnswer,
  RecordTransformBody,
  ResolvePathAnswer,
} from "../_schema/admin.ts";
import { HealthAnswer, ReadyAnswer } from "../_schema/health.ts";
import {
  CancelAnswer,
  PacksBody,
  PageAnswer,
  ResumeAnswer,
  SubscriptionAnswer,
  WebhookAnswer,
} from "../_schema/subscription.ts";
import { FILE_PATH, type Operation, USER_NAME } from "./operation.ts";

const paid = ["NOT_CONFIGURED", "UPSTREAM_ERROR"] as const;
const event = z.looseObject({}).describe("The provider's event, signed in a header");

const SUBSCRIPTION = {
  "GET /api/v1/subscription": {
    id: "getSubscription",
    tag: "Subscription",
    summary: "Get plan, card and invoices",
    answers: { 200: SubscriptionAnswer },
  },
  "POST /api/v1/subscription/cancel": {
    id: "cancelSubscription",
    tag: "Subscription",
    summary: "Cancel the subscription at the end of its period",
    answers: { 200: CancelAnswer },
    errors: ["VALIDATION_ERROR", ...paid],
  },
  "POST /api/v1/subscription/resume": {
    id: "resumeSubscription",
    tag: "Subscription",
    summary: "Take a cancelled subscription up again",
    answers: { 200: ResumeAnswer },
    errors: ["VALIDATION_ERROR", ...paid],
  },
  "POST /api/v1/subscription/checkout": {
    id: "checkoutPro",
    tag: "Subscription",
    summary: "Get the page that sells Pro",
    answers: { 200: PageAnswer },
    errors: ["CONFLICT", ...paid],
  },
  "POST /api/v1/subscription/packs": {
    id: "checkoutPacks",
    tag: "Subscription",
    summary: "Get the page that sells Resource Packs",
    body: PacksBody,
    example: { quantity: 2 },
    answers: { 200: PageAnswer },
    errors: [...paid],
    isPro: true,
  },
  "POST /api/v1/subscription/portal": {
    id: "openBillingPortal",
    tag: "Subscription",
    summary: "Get the page of cards and invoices",
    answers: { 200: PageAnswer },
    errors: ["VALIDATION_ERROR", ...paid],
  },
  "POST /api/v1/webhooks/stripe": {
    id: "takeStripeEvent",
    tag: "Webhooks",
    summary: "Take an event of Stripe",
    description: "Signed in `Stripe-Signature`. An event that comes twice, late or out of order changes nothing.",
    body: event,
    answers: { 200: WebhookAnswer },
    errors: [...paid],
  },
  "POST /api/v1/webhooks/lemonsqueezy": {
    id: "takeLemonSqueezyEvent",
    tag: "Webhooks",
    summary: "Take an event of LemonSqueezy",
    description: "Signed in `X-Signature`. An event that comes twice, late or out of order changes nothing.",
    body: event,
    answers: { 200: WebhookAnswer },
    errors: ["NOT_CONFIGURED"],
  },
} as const satisfies Record<string, Operation>;

const setPlan = {
  tag: "Operators",
  summary: "Set a user's plan",
  body: AdminPlanBody,
  example: { user_id: "…", plan: "pro" },
  answers: { 200: AdminPlanAnswer },
} as const;

const OPERATORS = {
  "POST /api/v1/admin/plan": { id: "setPlan", ...setPlan },
  "POST /admin/plan": { id: "setPlanByOldAddress", ...setPlan, summary: "Set a user's plan (the same elsewhere)" },
  "POST /api/internal/record-transform": {
    id: "recordTransform",
    tag: "Operators",
    summary: "Count a transformation that was made elsewhere",
    body: RecordTransformBody,
    example: { username: "john" },
    answers: { 200: RecordTransformAnswer },
  },
  "GET /api/internal/check-transform/:username": {
    id: "checkTransform",
    tag: "Operators",
    summary: "Ask whether a user may have another transformation",
    description: "429 with the same body when not.",
    parameters: { username: USER_NAME },
    answers: { 200: CheckTransformAnswer, 429: CheckTransformAnswer },
  },
  "GET /api/internal/resolve-path/*": {
    id: "resolvePath",
    tag: "Operators",
    summary: "Ask which image a path leads to",
    parameters: { username: USER_NAME, filepath: FILE_PATH },
    answers: { 200: ResolvePathAnswer },
    errors: ["VALIDATION_ERROR"],
  },
  "POST /api/internal/admin": {
    id: "runAdminCommand",
    tag: "Operators",
    summary: "Run a command of `deno task admin`",
    body: AdminCommandBody,
    example: { command: "user list", args: {} },
    answers: { 200: AdminCommandAnswer },
  },
  "GET /health": {
    id: "getHealth",
    tag: "Health",
    summary: "Ask whether the server lives",
    answers: { 200: HealthAnswer },
  },
  "GET /ready": {
    id: "getReady",
    tag: "Health",
    summary: "Ask whether the server can do its work",
    answers: { 200: ReadyAnswer, 503: ReadyAnswer },
  },
  "GET /api/v1/health": {
    id: "getHealthOfApi",
    tag: "Health",
    summary: "Ask whether the server lives (the same elsewhere)",
    answers: { 200: HealthAnswer },
  },
} as const satisfies Record<string, Operation>;

/** See the module's comment. */
export const BUSINESS_OPERATIONS = { ...SUBSCRIPTION, ...OPERATORS } as const;
