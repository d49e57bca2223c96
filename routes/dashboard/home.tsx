/**
 * `/`: what this is, and a playground.
 *
 * @module
 */
import type { VNode } from "preact";
import { FORMATS, OUTPUT_FORMATS } from "../../codec/formats.ts";
import { PARAM_ENTRIES } from "../../codec/params.ts";
import { SamplePlay } from "../../islands/SamplePlay.tsx";
import { type Choice, choiceOf } from "../../islands/home/address.ts";
import { fill } from "../../islands/ui/fill.ts";
import { Icon } from "../../islands/ui/Icon.tsx";
import type { IconName } from "../../islands/ui/icon_names.ts";
import type { AppHandler } from "../_middleware/env.ts";
import { Code } from "./_components/code.tsx";
import { Island } from "./_components/island.tsx";
import { Page, renderPage } from "./_render.tsx";
import { type SiteDeps, type View, viewOf } from "./_view.ts";

/** Formats that the text names one by one. */
const NAMED_INPUTS = 5;

interface Props {
  readonly view: View;
  readonly origin: string;
  readonly choice: Choice;
}

function Begin({ view, isLarge = false }: { readonly view: View; readonly isLarge?: boolean }): VNode {
  const { home } = view.text;
  const href = view.user === null ? "/sign-up" : "/publish";
  return (
    <a class={isLarge ? "button accent large" : "button accent"} href={href}>
      {view.user === null ? home.begin : home.publish} <Icon name="arrow-right" />
    </a>
  );
}

function Play({ view, origin, choice }: Props): VNode {
  const { home, shell } = view.text;
  const { format, width, shape, shapeOriginal, quality, blur, grayscale, show, address } = home;
  const { result, original, smaller, sameSize, inTime, failed, photoAlt } = home;
  const labels = { format, width, shape, shapeOriginal, quality, blur, grayscale, show, address };
  const results = { result, original, smaller, sameSize, inTime, failed, photoAlt, copy: shell.copy };
  const originalBytes = view.files.get("sample.jpg")?.bytes.length ?? 0;
  const props = { origin, originalBytes, first: choice, text: { ...labels, ...results } };
  return (
    <section aria-labelledby="play">
      <h2 id="play" class="visually-hidden">{home.playTitle}</h2>
      <Island name="SamplePlay" component={SamplePlay} props={props} />
    </section>
  );
}

function Parameters({ view }: { readonly view: View }): VNode {
  const { home } = view.text;
  return (
    <section class="split" aria-labelledby="url">
      <div class="stack">
        <h2 id="url">{home.urlTitle}</h2>
        <p class="lead">{home.urlText}</p>
        <p>
          <a href="/docs#parameters">{fill(home.allParameters, { count: PARAM_ENTRIES.length })}</a>
        </p>
      </div>
      <ul class="param-cloud">
        {PARAM_ENTRIES.map(([, row]) => (
          <li key={row.key}>
            <code>
              <span class="url-key">{row.key}</span>=<span class="url-value">{row.example}</span>
            </code>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Reasons({ view }: { readonly view: View }): VNode {
  const { home } = view.text;
  const formats = OUTPUT_FORMATS.map((format) => format === "jpeg" ? "JPEG" : format.toUpperCase()).join(", ");
  const more = Object.keys(FORMATS).length - NAMED_INPUTS;
  const reasons: readonly (readonly [IconName, string, string])[] = [
    ["image", home.formatTitle, fill(home.formatText, { formats: formats.replace("WEBP", "WebP"), more })],
    ["spark", home.fastTitle, home.fastText],
    ["lock", home.safeTitle, home.safeText],
  ];
  return (
    <section class="reasons">
      {reasons.map(([icon, title, text]) => (
        <div key={title}>
          <Icon name={icon} />
          <h2>{title}</h2>
          <p class="soft">{text}</p>
        </div>
      ))}
    </section>
  );
}

function uploadCommand(origin: string): string {
  return `curl -F file=@photo.jpg -F path=blog/photo.jpg \\
  -H "Authorization: Bearer imgsrc_…" \\
  ${origin}/api/v1/images`;
}

function Home({ view, origin, choice }: Props): VNode {
  const { home } = view.text;
  return (
    <div class="home">
      <section class="hero">
        <h1>{home.heading}</h1>
        <p class="lead">{home.lead}</p>
        <div class="row">
          <Begin view={view} isLarge />
          <a class="button quiet large" href="/docs">{home.readDocs}</a>
        </div>
      </section>
      <Play view={view} origin={origin} choice={choice} />
      <Reasons view={view} />
      <Parameters view={view} />
      <section class="split" aria-labelledby="code">
        <div class="stack">
          <h2 id="code">{home.codeTitle}</h2>
          <p class="lead">{home.codeText}</p>
        </div>
        <Code code={uploadCommand(origin)} text={view.text} />
      </section>
      <section class="closing">
        <h2>{home.endTitle}</h2>
        <Begin view={view} isLarge />
      </section>
    </div>
  );
}

/** `GET /`. */
export function homePage(site: SiteDeps): AppHandler {
  return async function homePage(c) {
    const view = await viewOf(site, c);
    const { title, description } = view.text.home;
    const page = (
      <Page view={view} title={title} description={description} styles={["home.css"]} islands={["SamplePlay"]}>
        <Home view={view} origin={site.publicOrigin} choice={choiceOf(c.req.query())} />
      </Page>
    );
    return renderPage(view, page);
  };
}
