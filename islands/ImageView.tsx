/// <reference lib="dom" />
/**
 * The page of an image: what it is, what can be made of it, and what becomes of it.
 *
 * @module
 */
import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ImageAnswer } from "../routes/api/v1/_schema/images.ts";
import type { Text } from "../routes/dashboard/_text/catalogue.ts";
import { formatDuration, formatSaving } from "./common/numbers.ts";
import { formatBytes } from "./ui/format_bytes.ts";
import { ownPlace, ownUrl } from "./common/own_picture.ts";
import { altOf } from "./common/snippets.ts";
import { Code, CopyBox } from "./image/Code.tsx";
import { Deleted, Deletion, type Presence } from "./image/Deletion.tsx";
import { Facts, formatName } from "./image/Facts.tsx";
import { placeOf, snippetPicture } from "./image/facts.ts";
import { Paths } from "./image/Paths.tsx";
import { SavePreset } from "./image/SavePreset.tsx";
import { SignedLink, Visibility } from "./image/Share.tsx";
import { Stage } from "./image/Stage.tsx";
import { Controls } from "./playground/Controls.tsx";
import {
  faultsOf,
  NO_SETTINGS,
  pageQuery,
  parseSettings,
  pictureQuery,
  pictureUrl,
  type Settings,
  withValue,
} from "./playground/settings.ts";
import { type Preview, useResult } from "./playground/use_result.ts";
import { askApi, askText } from "./ui/ask_api.ts";
import { fill } from "./ui/fill.ts";
import { Icon } from "./ui/Icon.tsx";

/** Props. */
export interface ImageViewProps {
  readonly text: Text["image"];
  readonly parameters: Text["parameters"];
  readonly allowed: Text["allowed"];
  readonly errors: Text["errors"];
  readonly shell: Pick<Text["shell"], "cancel" | "copy" | "save" | "undo">;
  readonly language: string;
  readonly user: string;
  readonly image: ImageAnswer;
  /** Where pictures are handed out: origin, prefix, user, with a slash at its end. */
  readonly base: string;
  /** Query of the page: what the playground is set to at first. */
  readonly query: string;
}

const SHOWN_BY_BROWSERS = /^image\/(jpeg|png|webp|gif|avif|svg\+xml)$/;
/** Widest picture that is shown to compare with. */
const BEFORE_PX = 1_600;

/** What the result weighs, took and saves. */
function ResultFacts({ preview, text, errors, language, originalBytes }: {
  readonly preview: Preview;
  readonly text: Text["image"];
  readonly errors: Text["errors"];
  readonly language: string;
  readonly originalBytes: number;
}): VNode {
  const { result, problem } = preview;
  if (problem !== null) {
    return (
      <p class="result-facts problem-text" role="alert">
        <Icon name="alert" /> {askText(problem, errors)}
      </p>
    );
  }
  if (result === null) return <p class="result-facts hint">{text.working}</p>;
  const time = result.makingMs === null
    ? text.fromCache
    : fill(text.madeIn, { time: formatDuration(result.makingMs, language) });
  const isSmaller = result.bytes <= originalBytes;
  return (
    <dl class="result-facts numbers" aria-label={text.result}>
      <div class="result-size">
        <dt class="visually-hidden">{text.size}</dt>
        <dd>{formatBytes(result.bytes)}</dd>
      </div>
      {result.bytes === originalBytes ? null : (
        <div>
          <dt class="visually-hidden">{text.saving}</dt>
          <dd class={isSmaller ? "badge good" : "badge warn"}>
            {fill(text.savingOf, { percent: formatSaving(result.bytes, originalBytes, language) })}
          </dd>
        </div>
      )}
      {result.width === 0 ? null : (
        <div>
          <dt class="visually-hidden">{text.dimensions}</dt>
          <dd>{fill(text.resultSize, { width: result.width, height: result.height })}</dd>
        </div>
      )}
      <div>
        <dt class="visually-hidden">{text.format}</dt>
        <dd>{formatName(result.mimeType)}</dd>
      </div>
      <div>
        <dt class="visually-hidden">{text.result}</dt>
        <dd class="hint">{time}</dd>
      </div>
    </dl>
  );
}

/** See the module's comment. */
export function ImageView(props: ImageViewProps): VNode {
  const { text, parameters, allowed, errors, shell, language, user, base } = props;
  const [isReady, setReady] = useState(false);
  const [image, setImage] = useState(props.image);
  const [settings, setSettings] = useState(() => parseSettings(new URLSearchParams(props.query)));
  const [isPicking, setPicking] = useState(false);
  const [presence, setPresence] = useState<Presence>("here");
  const { id, metadata, paths } = image;
  const path = paths[0] ?? "";
  const query = pictureQuery(settings);
  const own = ownPlace(user, { id, path });
  const isHere = presence === "here";
  const isFaulty = faultsOf(settings).length > 0;
  const preview = useResult(isReady && isHere && !isFaulty ? pictureUrl(own, settings.format, query) : null);
  const url = pictureUrl(placeOf(image), settings.format, query);
  const isShown = SHOWN_BY_BROWSERS.test(metadata.mime_type);
  const [width, height] = [metadata.width ?? 1, metadata.height ?? 1];
  const before = useMemo(() => {
    if (isShown && width <= BEFORE_PX) return pictureUrl(own, null, "");
    return ownUrl(user, { id, path }, "webp", width > BEFORE_PX ? `w=${BEFORE_PX}` : "");
  }, [path]);
  const { result } = preview;
  const size = result === null || result.width === 0 ? { width, height } : result;

  useEffect(() => setReady(true), []);
  useEffect(() => {
    if (!isReady) return;
    const next = pageQuery(settings);
    history.replaceState(history.state, "", next === "" ? location.pathname : `?${next}`);
  }, [isReady, settings]);

  /** After its paths have changed: its addresses have as well. */
  const reload = async () => {
    const { answer, problem } = await askApi<ImageAnswer>("GET", `/api/v1/images/${id}`);
    if (problem?.status === 404) setPresence("gone");
    if (answer !== null) setImage(answer);
  };
  const change = (next: Settings) => setSettings(next);
  const share = { id, path, visibility: image.visibility, settings, text, errors, copyLabel: shell.copy, language };
  const deletion = { id, presence, text, errors, undoLabel: shell.undo, onPresence: setPresence };
  return (
    <div class={isHere ? "image-page" : "image-page is-deleted"}>
      <Deleted {...deletion} />
      <div class="playground" inert={!isHere}>
        <div class="playground-stage">
          <Stage
            text={text}
            alt={altOf(path)}
            before={before}
            after={result === null || result.width === 0 ? null : result.source}
            isBusy={preview.isBusy}
            isReady={isReady}
            width={width}
            height={height}
            aspect={size.width / size.height}
            picking={isPicking ? settings.values.focus ?? "" : null}
            onPick={(point) => change(withValue(settings, "focus", point))}
          />
          <div class="stage-foot">
            <ResultFacts
              preview={preview}
              text={text}
              errors={errors}
              language={language}
              originalBytes={metadata.size}
            />
            <div class="row">
              <button
                class={isPicking ? "button small" : "button quiet small"}
                type="button"
                disabled={!isReady}
                aria-pressed={isPicking}
                onClick={() => setPicking(!isPicking)}
              >
                <Icon name="crop" /> {isPicking ? text.focusDone : text.focusPick}
              </button>
              {settings.values.focus === undefined ? null : (
                <button
                  class="button ghost small"
                  type="button"
                  onClick={() => change(withValue(settings, "focus", ""))}
                >
                  {text.focusClear}
                </button>
              )}
            </div>
          </div>
          {isPicking ? <p class="hint">{text.focusHint}</p> : null}
          <div class="stack-s">
            <h2 class="small-title">{text.address}</h2>
            <CopyBox value={url} label={shell.copy} />
            <Code picture={snippetPicture(image, settings, size)} text={text} copyLabel={shell.copy} />
          </div>
        </div>
        <section class="card playground-controls" aria-labelledby="playground-title">
          <div class="card-head">
            <h2 id="playground-title">{text.playground}</h2>
            <button class="button ghost small" type="button" disabled={!isReady} onClick={() => change(NO_SETTINGS)}>
              {text.reset}
            </button>
          </div>
          <p class="hint">{isReady ? text.playgroundLead : text.needsScript}</p>
          <fieldset class="plain" disabled={!isReady}>
            <legend class="visually-hidden">{text.playground}</legend>
            <Controls
              settings={settings}
              text={text}
              parameters={parameters}
              allowed={allowed}
              language={language}
              original={formatName(metadata.mime_type)}
              onChange={(name, value) => change(withValue(settings, name, value))}
              onFormat={(format) => change({ ...settings, format })}
            />
          </fieldset>
          <SavePreset settings={settings} text={text} errors={errors} />
        </section>
      </div>
      <div class="image-cards" inert={!isHere}>
        <Facts image={image} text={text} language={language} originalUrl={pictureUrl(own, null, "")} />
        <div class="stack">
          <Visibility {...share} onVisibility={(visibility) => setImage({ ...image, visibility })} />
          <Paths
            id={id}
            paths={paths}
            base={base}
            text={text}
            errors={errors}
            shell={shell}
            onChange={reload}
          />
        </div>
        <div class="stack">
          <SignedLink {...share} onVisibility={() => {}} />
          <Deletion {...deletion} />
        </div>
      </div>
    </div>
  );
}
