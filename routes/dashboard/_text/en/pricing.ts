/**
 * English: plans.
 *
 * @module
 */

/** See the module's comment. */
export const EN_PRICING = {
  title: "Pricing",
  lead: "Pay for pictures that are made, not for those that are looked at. Bandwidth costs nothing.",
  free: "Free",
  freeText: "For a site of your own, and to find out.",
  pro: "Pro",
  proText: "For products, with private pictures and presets.",
  perMonth: "a month",
  begin: "Begin for free",
  upgrade: "Go Pro",
  current: "Your plan",
  unlimited: "Unlimited",
  uploads: "Uploads a month",
  storage_bytes: "Storage",
  transformations: "Transformations a month",
  api_requests: "API requests a month",
  bandwidth_bytes: "Bandwidth",
  ticks: {
    uploads: "{value} uploads a month",
    storage_bytes: "{value} of storage",
    transformations: "{value} transformations a month",
    api_requests: "{value} API requests a month",
    bandwidth_bytes: "{value} bandwidth",
  },
  times: "{count}",
  requestsPerMinute: "API requests a minute",
  private_images: "Private pictures",
  signed_urls: "Signed links",
  presets: "Presets",
  included: "yes",
  notIncluded: "no",
  compare: "Side by side",
  plan: "Plan",
  packTitle: "Resource Pack",
  packText:
    "For Pro: {storage} GB of storage, {transformations} transformations and {requests} API requests more, at " +
    "once and without an end. {price} a pack.",
  questions: "Questions",
  whatCounts: "What counts as a transformation?",
  whatCountsText: "A picture made anew in another size, format or quality. The same picture asked for again, and an " +
    "original as it is, count nothing.",
  atLimit: "What happens at a limit?",
  atLimitText: "Uploads and new transformations stop until the next month. Everything that is there goes on being " +
    "served. On Pro a pack lifts the limit at once.",
  leaving: "Can I go back to Free?",
  leavingText:
    "Any time. Pro goes on to the end of what is paid. Your pictures stay where they are, and no link breaks.",
  nothingSold: "This server sells nothing: every feature is on, and nothing is limited.",
} as const;
