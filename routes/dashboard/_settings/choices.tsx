/**
 * Defaults of the addresses that are handed out; theme and language.
 *
 * @module
 */
import type { VNode } from "preact";
import { OUTPUT_FORMATS } from "../../../codec/formats.ts";
import { FITS } from "../../../codec/params.ts";
import { fill } from "../../../islands/ui/fill.ts";
import { Field } from "../_components/gate.tsx";
import { LANGUAGE_NAMES, LANGUAGES } from "../_text/catalogue.ts";
import { THEMES } from "../_view.ts";
import { Part, type SettingsProps } from "./parts.tsx";

/** How many formats can be put in order: all of them. */
const PLACES = OUTPUT_FORMATS.map((_, at) => at);

function Formats({ view, settings: { delivery_formats } }: SettingsProps): VNode {
  const { settings } = view.text;
  return (
    <fieldset class="field">
      <legend>{settings.formats}</legend>
      <div class="fields formats">
        {PLACES.map((at) => (
          <select
            key={at}
            class="select"
            name="delivery_formats"
            aria-label={fill(settings.formatAt, { place: at + 1 })}
          >
            {at === 0 ? null : <option value="">{settings.noFormat}</option>}
            {OUTPUT_FORMATS.map((format) => (
              <option key={format} value={format} selected={delivery_formats[at] === format}>{format}</option>
            ))}
          </select>
        ))}
      </div>
    </fieldset>
  );
}

function Side(
  { id, label, value, placeholder }: {
    readonly id: "default_max_width" | "default_max_height";
    readonly label: string;
    readonly value: number | null;
    readonly placeholder: string;
  },
): VNode {
  return (
    <Field id={id} label={label}>
      <input
        class="input"
        id={id}
        name={id}
        type="number"
        min={1}
        max={10_000}
        value={value ?? ""}
        placeholder={placeholder}
      />
    </Field>
  );
}

/** See the module's comment. */
export function Defaults(props: SettingsProps): VNode {
  const { view, settings: values } = props;
  const { settings, shell } = view.text;
  const { default_quality, default_fit_mode, default_max_width, default_max_height, strip_originals, width_steps } =
    values;
  return (
    <Part props={props} name="defaults" lead={settings.defaultsLead}>
      <form class="stack" method="post" action="/settings#defaults">
        <input type="hidden" name="action" value="defaults" />
        <Formats {...props} />
        <div class="fields">
          <Field id="default_quality" label={settings.quality}>
            <input
              class="input"
              id="default_quality"
              name="default_quality"
              type="number"
              min={1}
              max={100}
              required
              value={default_quality}
            />
          </Field>
          <Field id="default_fit_mode" label={settings.fit}>
            <select class="select" id="default_fit_mode" name="default_fit_mode">
              {FITS.map((fit) => <option key={fit} value={fit} selected={fit === default_fit_mode}>{fit}</option>)}
            </select>
          </Field>
          <Side
            id="default_max_width"
            label={settings.maxWidth}
            value={default_max_width}
            placeholder={settings.noMax}
          />
          <Side
            id="default_max_height"
            label={settings.maxHeight}
            value={default_max_height}
            placeholder={settings.noMax}
          />
        </div>
        <Field id="width_steps" label={settings.widthSteps} hint={settings.widthStepsHint}>
          <input
            class="input"
            id="width_steps"
            name="width_steps"
            inputMode="numeric"
            value={width_steps?.join(", ") ?? ""}
            autocomplete="off"
            aria-describedby="width_steps-hint"
          />
        </Field>
        <label class="check">
          <input type="checkbox" name="strip_originals" value="true" checked={strip_originals} />
          {settings.stripOriginals}
        </label>
        <div>
          <button class="button" type="submit">{shell.save}</button>
        </div>
      </form>
    </Part>
  );
}

/** Theme and language. */
export function Look(props: SettingsProps): VNode {
  const { view } = props;
  const { shell } = view.text;
  const themes = { light: shell.themeLight, dark: shell.themeDark, system: shell.themeSystem };
  return (
    <Part props={props} name="look">
      <form class="stack" method="post" action="/settings#look">
        <input type="hidden" name="action" value="look" />
        <div class="fields">
          <Field id="theme" label={shell.theme}>
            <select class="select" id="theme" name="theme">
              {THEMES.map((theme) => (
                <option key={theme} value={theme} selected={theme === view.theme}>{themes[theme]}</option>
              ))}
            </select>
          </Field>
          <Field id="language" label={shell.language}>
            <select class="select" id="language" name="language">
              {LANGUAGES.map((language) => (
                <option key={language} value={language} lang={language} selected={language === view.language}>
                  {LANGUAGE_NAMES[language]}
                </option>
              ))}
            </select>
          </Field>
        </div>
        <div>
          <button class="button" type="submit">{shell.save}</button>
        </div>
      </form>
    </Part>
  );
}
