/**
 * What the forms of the settings do: each is one call of the API.
 *
 * @module
 */
import type { ApiCall } from "../_api.ts";
import type { Text } from "../_text/catalogue.ts";
import type { PartName } from "./parts.tsx";

/** A form's action. */
export interface SettingsAction {
  readonly part: PartName;
  readonly call: (form: URLSearchParams) => ApiCall;
  /** What to say then; a key of the catalogue. */
  readonly done: keyof Text["settings"];
}

const textOf = (form: URLSearchParams, name: string) => form.get(name)?.trim() ?? "";
const idOf = (form: URLSearchParams) => encodeURIComponent(textOf(form, "id") || "-");
/** A number, or the text as it is, so that the API says what is wrong with it; empty = null. */
function numberOf(form: URLSearchParams, name: string): number | string | null {
  const text = textOf(form, name);
  if (text === "") return null;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

/** `320, 640` as a list; empty = null. What is no number stays as it is, for the API to name it. */
function stepsOf(text: string): (number | string)[] | null {
  const steps = text.split(/[\s,]+/).filter((step) => step !== "");
  return steps.length === 0 ? null : steps.map((step) => Number.isFinite(Number(step)) ? Number(step) : step);
}

/** `w=200&fit=cover` as a preset's `params`. */
export function presetParams(text: string): Record<string, string | number> {
  const pairs = [...new URLSearchParams(text.replace(/^\?/, ""))];
  return Object.fromEntries(pairs.map(([key, value]) => [key, /^-?\d+$/.test(value) ? Number(value) : value]));
}

const SETTINGS = { method: "PUT", path: "/api/v1/settings" } as const;

/** Every action by the name that its form sends. */
export const ACTIONS: Readonly<Record<string, SettingsAction>> = {
  "make-key": {
    part: "keys",
    done: "keyMade",
    call: (form) => ({
      method: "POST",
      path: "/api/v1/settings/api-keys",
      body: { name: textOf(form, "name"), scopes: form.getAll("scopes"), expires_in_days: numberOf(form, "days") },
    }),
  },
  "revoke-key": {
    part: "keys",
    done: "keyRevoked",
    call: (form) => ({ method: "DELETE", path: `/api/v1/settings/api-keys/${idOf(form)}` }),
  },
  "make-preset": {
    part: "presets",
    done: "saved",
    call: (form) => ({
      method: "POST",
      path: "/api/v1/settings/presets",
      body: {
        name: textOf(form, "name"),
        description: textOf(form, "description") || null,
        params: presetParams(textOf(form, "params")),
      },
    }),
  },
  "delete-preset": {
    part: "presets",
    done: "presetDeleted",
    call: (form) => ({ method: "DELETE", path: `/api/v1/settings/presets/${idOf(form)}` }),
  },
  "defaults": {
    part: "defaults",
    done: "saved",
    call: (form) => ({
      ...SETTINGS,
      body: {
        delivery_formats: [...new Set(form.getAll("delivery_formats").filter((format) => format !== ""))],
        default_quality: numberOf(form, "default_quality"),
        default_fit_mode: textOf(form, "default_fit_mode"),
        default_max_width: numberOf(form, "default_max_width"),
        default_max_height: numberOf(form, "default_max_height"),
        width_steps: stepsOf(textOf(form, "width_steps")),
        strip_originals: form.has("strip_originals"),
      },
    }),
  },
  "look": {
    part: "look",
    done: "saved",
    call: (form) => ({ ...SETTINGS, body: { theme: textOf(form, "theme"), language: textOf(form, "language") } }),
  },
  "remove-passkey": {
    part: "passkeys",
    done: "passkeyRemoved",
    call: (form) => ({ method: "DELETE", path: `/api/v1/passkeys/${idOf(form)}` }),
  },
  "log-out-everywhere": {
    part: "account",
    done: "saved",
    call: () => ({ method: "POST", path: "/api/v1/auth/log-out-everywhere" }),
  },
  "delete-account": {
    part: "account",
    done: "saved",
    call: (form) => ({ method: "DELETE", path: "/api/v1/account", body: { confirm: textOf(form, "confirm") } }),
  },
};
/** Those after which nobody is signed in any more. */
export const ENDS_SESSION: ReadonlySet<string> = new Set(["log-out-everywhere", "delete-account"]);
