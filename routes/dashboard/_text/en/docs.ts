/**
 * English: the documentation.
 *
 * @module
 */

/** See the module's comment. */
export const EN_DOCS = {
  title: "Docs",
  lead: "From the first upload to pictures in your framework, in a few minutes.",
  contents: "On this page",
  start: "Begin",
  startText:
    "Make a key in the settings and keep it in IMGSRC_KEY. Upload a file; the answer has its addresses. A path is yours to choose: " +
    "what ends like a picture is the whole path, anything else a folder.",
  addresses: "Addresses",
  addressesText:
    "The ending says the format, the query says the rest. The same question is always the same address, so caches can keep it.",
  addressesOwn: "The examples show your newest picture.",
  addressesSample: "The examples show a sample picture that every server has. Sign in, and they show yours.",
  formats: "Formats",
  formatsText: "Endings: {formats}. Without an ending, or with .auto, the browser's Accept header decides. " +
    "An AVIF that would be too large comes as WebP.",
  parameters: "Parameters",
  parametersText: "Values out of range are answered 400, with the range. Unknown parameters are ignored.",
  key: "Key",
  meaning: "Meaning",
  allowed: "Allowed",
  presets: "Presets",
  presetsText: "A name for parameters, made in the settings: ?p:card. Parameters beside it win over the preset's. " +
    "When a preset changes, its pictures change with it.",
  private: "Private pictures",
  privateText: "A private picture answers 404 to everybody. A signed link opens it for a minute up to seven days; " +
    "all links end at once when the signing key is changed.",
  caching: "Caching",
  cachingText:
    "Public pictures may be kept for 30 days and carry a strong etag. Deleting or replacing one takes it out of this " +
    "server and its edge caches; copies that browsers hold end by themselves, so give a changed picture a new path when it matters.",
  guides: "Guides",
  more: "Every endpoint, with examples that can be sent from the page:",
  reference: "API reference",
} as const;
