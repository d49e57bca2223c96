/// <reference lib="dom" />
/**
 * Keeps what the playground is set to under a name.
 *
 * @module
 */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { presetParams, type Settings } from "../playground/settings.ts";
import { askApi, askText } from "../ui/ask_api.ts";
import { fill } from "../ui/fill.ts";
import { toast } from "../ui/toast.ts";

/** See the module's comment. */
export function SavePreset({ settings, text, errors }: {
  readonly settings: Settings;
  readonly text: Text["image"];
  readonly errors: Text["errors"];
}): VNode {
  const [name, setName] = useState("");
  const [isBusy, setBusy] = useState(false);
  const params = presetParams(settings);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const { problem } = await askApi("POST", "/api/v1/settings/presets", { name, params });
    setBusy(false);
    if (problem !== null) return void toast(askText(problem, errors));
    toast(fill(text.presetSaved, { name }));
    setName("");
  };
  return (
    <form class="preset-form" onSubmit={save}>
      <div class="field">
        <label for="preset-name">{text.preset}</label>
        <input
          class="input"
          id="preset-name"
          value={name}
          required
          maxLength={50}
          pattern="[A-Za-z0-9_\-]+"
          placeholder={text.presetName}
          autocomplete="off"
          aria-describedby="preset-hint"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <p class="hint" id="preset-hint">{text.presetHint}</p>
      </div>
      <button class="button quiet" type="submit" disabled={isBusy || Object.keys(params).length === 0}>
        {text.presetSave}
      </button>
    </form>
  );
}
