/**
 * `/settings`: keys, presets, defaults, look, passkeys, account. Every form works without scripts.
 *
 * @module
 */
import type { VNode } from "preact";
import { splitExtension } from "../../codec/formats.ts";
import { allows } from "../../kv/plans.ts";
import { deliveryUrl } from "../_http/delivery_url.ts";
import { readForm } from "../_http/form_body.ts";
import type { AppContext, AppHandler } from "../_middleware/env.ts";
import type { ApiKeysAnswer, NewApiKeyAnswer } from "../api/v1/_schema/api_keys.ts";
import type { ImageListAnswer } from "../api/v1/_schema/images.ts";
import type { PasskeyListAnswer } from "../api/v1/_schema/passkeys.ts";
import type { PresetsAnswer } from "../api/v1/_schema/presets.ts";
import type { SettingsAnswer } from "../api/v1/_schema/settings.ts";
import { callApi, needApi, problemText } from "./_api.ts";
import { Done, PageHead } from "./_components/notice.tsx";
import { withSession } from "./_guard.ts";
import { Page, renderPage } from "./_render.tsx";
import { endSession } from "./_session.ts";
import { Account, Passkeys } from "./_settings/account.tsx";
import { ACTIONS, ENDS_SESSION } from "./_settings/actions.ts";
import { Defaults, Look } from "./_settings/choices.tsx";
import { Keys } from "./_settings/keys.tsx";
import { PARTS, type SettingsProps } from "./_settings/parts.tsx";
import { Presets } from "./_settings/presets.tsx";
import type { SignedInView, SiteDeps } from "./_view.ts";

function Settings({ props, done }: { readonly props: SettingsProps; readonly done: string | null }): VNode {
  const { settings } = props.view.text;
  return (
    <Page
      view={props.view}
      title={settings.title}
      styles={["settings.css", "gate.css"]}
      islands={props.passkeys === null ? [] : ["PasskeyAdd"]}
    >
      <PageHead title={settings.title} lead={props.view.user.email ?? props.view.user.name} />
      <div class="settings">
        <nav class="side" aria-label={settings.sections}>
          {PARTS.filter((part) => part !== "passkeys" || props.passkeys !== null).map((part) => (
            <a key={part} href={`#${part}`}>{settings[part]}</a>
          ))}
        </nav>
        <div class="stack">
          <Done text={done} />
          <Keys {...props} />
          <Presets {...props} />
          <Defaults {...props} />
          <Look {...props} />
          <Passkeys {...props} />
          <Account {...props} />
        </div>
      </div>
    </Page>
  );
}

/** Own newest picture, or the sample. */
async function previewBase(site: SiteDeps, c: AppContext, view: SignedInView): Promise<string> {
  const { images } = await needApi<ImageListAnswer>(site, c, "/api/v1/images?limit=1");
  const path = images[0]?.paths[0];
  if (path === undefined) return "/sample/photo";
  return deliveryUrl({ origin: "", prefix: "/i" }, view.user.name, splitExtension(path).base);
}

type Said = Partial<Pick<SettingsProps, "newKey" | "problem">> & {
  readonly done?: string | null;
  readonly status?: number;
};

async function show(site: SiteDeps, c: AppContext, view: SignedInView, said: Said = {}): Promise<Response> {
  const [{ settings }, keys, presets, passkeys, base] = await Promise.all([
    needApi<SettingsAnswer>(site, c, "/api/v1/settings"),
    needApi<ApiKeysAnswer>(site, c, "/api/v1/settings/api-keys"),
    callApi<PresetsAnswer>(site, c, { method: "GET", path: "/api/v1/settings/presets" }),
    site.signIn.clerk === null ? needApi<PasskeyListAnswer>(site, c, "/api/v1/passkeys") : null,
    previewBase(site, c, view),
  ]);
  const props: SettingsProps = {
    view,
    settings,
    keys,
    presets: presets.answer ?? { presets: [], total: 0 },
    canPreset: allows(view.user, "presets", site.config.QUOTAS === "on"),
    passkeys,
    previewBase: base,
    newKey: said.newKey ?? null,
    problem: said.problem ?? null,
  };
  return renderPage(view, <Settings props={props} done={said.done ?? null} />, said.status ?? 200);
}

/** What a form before led to, by its name in the address: only words of the catalogue can be said this way. */
function doneText(view: SignedInView, name: string | undefined): string | null {
  const texts: Readonly<Record<string, string>> = view.text.settings;
  const isKnown = name === "passkeyAdded" || Object.values(ACTIONS).some(({ done }) => done === name);
  return name !== undefined && isKnown ? texts[name] ?? null : null;
}

/** `GET /settings`. */
export function settingsPage(site: SiteDeps): AppHandler {
  return withSession(site, (c, view) => show(site, c, view, { done: doneText(view, c.req.query("done")) }));
}

/** `POST /settings`. A new key is shown in the answer itself: it stands in no address and is asked for only once. */
export function changeSettings(site: SiteDeps): AppHandler {
  return withSession(site, async (c, view) => {
    const form = await readForm(c.req.raw);
    const name = form.get("action") ?? "";
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name]! : ACTIONS["look"]!;
    const { answer, problem } = await callApi<NewApiKeyAnswer>(site, c, action.call(form));
    if (problem !== null) {
      const text = problemText(view, problem);
      return await show(site, c, view, { problem: { part: action.part, text }, status: problem.status });
    }
    if (name === "make-key") return await show(site, c, view, { newKey: answer });
    if (!ENDS_SESSION.has(name)) return c.redirect(`/settings?done=${action.done}#${action.part}`, 303);
    await endSession(site, c);
    return c.redirect(name === "delete-account" ? "/" : "/sign-in", 303);
  });
}
