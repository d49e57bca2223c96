/**
 * Korean.
 *
 * @module
 */
import type { Text } from "./catalogue.ts";
import { KO_ERRORS } from "./ko/errors.ts";
import { KO_IMAGE } from "./ko/image.ts";
import { KO_LIBRARY } from "./ko/library.ts";
import { KO_ALLOWED } from "./ko/allowed.ts";
import { KO_PARAMETERS } from "./ko/parameters.ts";
import { KO_PUBLISH } from "./ko/publish.ts";
import { KO_HOME } from "./ko/home.ts";
import { KO_PRICING } from "./ko/pricing.ts";
import { KO_SITE } from "./ko/site.ts";
import { KO_USAGE } from "./ko/usage.ts";
import { KO_SETTINGS } from "./ko/settings.ts";
import { KO_DOCS } from "./ko/docs.ts";
import { KO_REFERENCE } from "./ko/reference.ts";
import { KO_SHELL } from "./ko/shell.ts";
import { KO_SIGN_IN } from "./ko/sign_in.ts";

/** Texts by part of the dashboard. */
export const KO: Text = {
  shell: KO_SHELL,
  publish: KO_PUBLISH,
  library: KO_LIBRARY,
  image: KO_IMAGE,
  parameters: KO_PARAMETERS,
  allowed: KO_ALLOWED,
  errors: KO_ERRORS,
  docs: KO_DOCS,
  reference: KO_REFERENCE,
  home: KO_HOME,
  signIn: KO_SIGN_IN,
  pricing: KO_PRICING,
  site: KO_SITE,
  settings: KO_SETTINGS,
  usage: KO_USAGE,
};
