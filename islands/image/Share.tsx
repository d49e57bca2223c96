/// <reference lib="dom" />
/**
 * Who sees the picture: visibility, and links that open it for a while.
 *
 * @module
 */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { SignedUrlAnswer, VisibilityAnswer } from "../../routes/api/v1/_schema/image_changes.ts";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { presetParams, type Settings } from "../playground/settings.ts";
import { askApi, askText } from "../ui/ask_api.ts";
import { fill } from "../ui/fill.ts";
import { Icon } from "../ui/Icon.tsx";
import { toast } from "../ui/toast.ts";
import { CopyBox } from "./Code.tsx";

/** Props. */
export interface ShareProps {
  readonly id: string;
  readonly path: string;
  readonly visibility: "public" | "private";
  readonly settings: Settings;
  readonly text: Text["image"];
  readonly errors: Text["errors"];
  readonly copyLabel: string;
  readonly language: string;
  readonly onVisibility: (visibility: "public" | "private") => void;
}

const HOUR_SECONDS = 3_600;

/** Public or private. */
export function Visibility({ id, visibility, text, errors, onVisibility }: ShareProps): VNode {
  const [isBusy, setBusy] = useState(false);
  const isPublic = visibility === "public";
  const change = async () => {
    setBusy(true);
    const body = { visibility: isPublic ? "private" : "public" };
    const { answer, problem } = await askApi<VisibilityAnswer>("PUT", `/api/v1/images/${id}/visibility`, body);
    setBusy(false);
    if (problem !== null) return void toast(askText(problem, errors));
    onVisibility(answer.visibility);
    toast(answer.visibility === "public" ? text.madePublic : text.madePrivate);
  };
  return (
    <section class="card" aria-labelledby="visibility-title">
      <div class="card-head">
        <h2 id="visibility-title">{text.visibility}</h2>
        <span class={isPublic ? "badge good" : "badge accent"}>
          <Icon name={isPublic ? "globe" : "lock"} /> {isPublic ? text.public : text.private}
        </span>
      </div>
      <p class="hint">{isPublic ? text.publicText : text.privateText}</p>
      <div class="row">
        <button class="button quiet" type="button" disabled={isBusy} onClick={change}>
          {isPublic ? text.makePrivate : text.makePublic}
        </button>
      </div>
    </section>
  );
}

/** A link with an end. */
export function SignedLink({ id, path, settings, text, errors, copyLabel, language }: ShareProps): VNode {
  const [seconds, setSeconds] = useState(HOUR_SECONDS);
  const [isBound, setBound] = useState(false);
  const [link, setLink] = useState<SignedUrlAnswer | null>(null);
  const [isBusy, setBusy] = useState(false);
  const make = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const transform = isBound ? { transform: presetParams(settings) } : {};
    const body = { expires_in_seconds: seconds, path, ...transform };
    const { answer, problem } = await askApi<SignedUrlAnswer>("POST", `/api/v1/images/${id}/signed-url`, body);
    setBusy(false);
    if (problem !== null) return void toast(askText(problem, errors));
    setLink(answer);
  };
  const choices = [[HOUR_SECONDS, text.linkHour], [24 * HOUR_SECONDS, text.linkDay], [
    168 * HOUR_SECONDS,
    text.linkWeek,
  ]] as const;
  const until = (unix: number) =>
    new Date(unix * 1_000).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <section class="card" aria-labelledby="link-title">
      <h2 id="link-title">{text.link}</h2>
      <p class="hint">{text.linkText}</p>
      <form class="stack-s" onSubmit={make}>
        <div class="field">
          <label for="link-expiry">{text.linkExpiry}</label>
          <select
            class="select"
            id="link-expiry"
            onChange={(event) => setSeconds(Number(event.currentTarget.value))}
          >
            {choices.map(([value, name]) => (
              <option key={value} value={value} selected={value === seconds}>{name}</option>
            ))}
          </select>
        </div>
        <label class="check">
          <input type="checkbox" checked={isBound} onChange={(event) => setBound(event.currentTarget.checked)} />
          {text.linkBound}
        </label>
        <div class="row">
          <button class="button quiet" type="submit" disabled={isBusy}>
            <Icon name="link" /> {text.linkMake}
          </button>
        </div>
      </form>
      <div role="status" class="stack-s">
        {link === null ? null : <CopyBox value={link.signed_url} label={copyLabel} />}
        {link === null ? null : <p class="hint">{fill(text.linkUntil, { time: until(link.expires_at) })}</p>}
      </div>
    </section>
  );
}
