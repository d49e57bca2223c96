/**
 * Presets, each with a picture by it.
 *
 * @module
 */
import type { VNode } from "preact";
import { fill } from "../../../islands/ui/fill.ts";
import { Icon } from "../../../islands/ui/Icon.tsx";
import type { PresetAnswer } from "../../api/v1/_schema/presets.ts";
import { Field } from "../_components/gate.tsx";
import { ActionForm, Part, type SettingsProps } from "./parts.tsx";

/** Parameters as they stand in an address. */
function queryText(params: PresetAnswer["params"]): string {
  return Object.entries(params).filter(([, value]) => value !== null).map(([key, value]) => `${key}=${value}`).join(
    "&",
  );
}

function PresetRow({ props, preset }: { readonly props: SettingsProps; readonly preset: PresetAnswer }): VNode {
  const { settings } = props.view.text;
  const { name, description, params, usage_count } = preset;
  const isSample = props.previewBase.startsWith("/sample/");
  const query = isSample ? queryText({ w: 160, ...params, format: null }) : `p:${encodeURIComponent(name)}`;
  return (
    <li class="item">
      <div class="preset-picture">
        <img src={`${props.previewBase}.webp?${query}`} alt={fill(settings.presetAlt, { name })} loading="lazy" />
      </div>
      <div class="stack-s grow">
        <p class="strong break">{name}</p>
        {description === null ? null : <p class="soft small">{description}</p>}
        <p>
          <code>{queryText(params)}</code>
        </p>
        <p class="hint">{fill(settings.presetUses, { count: usage_count.toLocaleString(props.view.language) })}</p>
      </div>
      <ActionForm
        action="delete-preset"
        fields={{ id: preset.id }}
        label={props.view.text.shell.delete}
        named={fill(settings.deleteNamed, { name })}
        look="danger small"
      />
    </li>
  );
}

function MakePreset({ props }: { readonly props: SettingsProps }): VNode {
  const { settings } = props.view.text;
  return (
    <form class="make" method="post" action="/settings#presets">
      <input type="hidden" name="action" value="make-preset" />
      <div class="fields">
        <Field id="preset-name" label={settings.presetName}>
          <input
            class="input"
            id="preset-name"
            name="name"
            required
            maxLength={50}
            pattern="[A-Za-z0-9_\-]{1,50}"
            placeholder="thumbnail"
            autocomplete="off"
          />
        </Field>
        <Field id="preset-params" label={settings.presetParams} hint={settings.presetParamsHint}>
          <input
            class="input mono"
            id="preset-params"
            name="params"
            required
            placeholder="w=200&h=200&fit=cover"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="preset-params-hint"
          />
        </Field>
        <Field id="preset-description" label={settings.presetDescription}>
          <input class="input" id="preset-description" name="description" maxLength={200} autocomplete="off" />
        </Field>
      </div>
      <button class="button" type="submit">
        <Icon name="plus" /> {settings.makePreset}
      </button>
    </form>
  );
}

/** See the module's comment. */
export function Presets(props: SettingsProps): VNode {
  const { presets, canPreset, view } = props;
  const { settings } = view.text;
  return (
    <Part props={props} name="presets" lead={settings.presetsLead}>
      {presets.total === 0 && canPreset ? <p class="soft">{settings.presetsEmpty}</p> : null}
      <ul class="items">
        {presets.presets.map((preset) => <PresetRow key={preset.id} props={props} preset={preset} />)}
      </ul>
      {canPreset ? <MakePreset props={props} /> : (
        <p class="row">
          <span class="soft">{settings.presetsPro}</span>
          <a class="button accent small" href="/pricing">{view.text.pricing.upgrade}</a>
        </p>
      )}
    </Part>
  );
}
