/**
 * English: THE catalogue of texts. Every other language has exactly its keys, or it doesn't compile.
 *
 * @module
 */
import { EN_ERRORS } from "./en/errors.ts";
import { EN_IMAGE } from "./en/image.ts";
import { EN_LIBRARY } from "./en/library.ts";
import { EN_ALLOWED } from "./en/allowed.ts";
import { EN_PARAMETERS } from "./en/parameters.ts";
import { EN_PUBLISH } from "./en/publish.ts";
import { EN_HOME } from "./en/home.ts";
import { EN_PRICING } from "./en/pricing.ts";
import { EN_SITE } from "./en/site.ts";
import { EN_USAGE } from "./en/usage.ts";
import { EN_SETTINGS } from "./en/settings.ts";
import { EN_DOCS } from "./en/docs.ts";
import { EN_REFERENCE } from "./en/reference.ts";
import { EN_SHELL } from "./en/shell.ts";
import { EN_SIGN_IN } from "./en/sign_in.ts";

/** Texts by part of the dashboard. */
export const EN = {
  shell: EN_SHELL,
  publish: EN_PUBLISH,
  library: EN_LIBRARY,
  image: EN_IMAGE,
  parameters: EN_PARAMETERS,
  allowed: EN_ALLOWED,
  errors: EN_ERRORS,
  docs: EN_DOCS,
  reference: EN_REFERENCE,
  home: EN_HOME,
  signIn: EN_SIGN_IN,
  pricing: EN_PRICING,
  site: EN_SITE,
  settings: EN_SETTINGS,
  usage: EN_USAGE,
} as const;
