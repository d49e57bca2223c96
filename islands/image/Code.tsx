/// <reference lib="dom" />
/**
 * Code of the picture as it is set, by kinds.
 *
 * @module
 */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Text } from "../../routes/dashboard/_text/catalogue.ts";
import { snippet, type SnippetKind, type SnippetPicture, SNIPPETS } from "../common/snippets.ts";
import { copyText } from "../ui/copy.ts";
import { Icon } from "../ui/Icon.tsx";

/** A text with a button that copies it. */
export function CopyBox({ value, label, isWrapped = true }: {
  readonly value: string;
  readonly label: string;
  readonly isWrapped?: boolean;
}): VNode {
  return (
    <div class={isWrapped ? "code wrap" : "code"}>
      <pre tabIndex={0}><code>{value}</code></pre>
      <button
        class="button quiet small square copy"
        type="button"
        aria-label={label}
        title={label}
        onClick={(event) => copyText(value, event.currentTarget)}
      >
        <Icon name="copy" />
      </button>
    </div>
  );
}

/** See the module's comment. */
export function Code({ picture, text, copyLabel }: {
  readonly picture: SnippetPicture;
  readonly text: Text["image"];
  readonly copyLabel: string;
}): VNode {
  const [kind, setKind] = useState<SnippetKind>("html");
  const names: Readonly<Record<SnippetKind, string>> = {
    url: text.snippetUrl,
    html: text.snippetHtml,
    picture: text.snippetPicture,
    markdown: text.snippetMarkdown,
    css: text.snippetCss,
    react: text.snippetReact,
    next: text.snippetNext,
    curl: text.snippetCurl,
  };
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = SNIPPETS[(SNIPPETS.indexOf(kind) + step + SNIPPETS.length) % SNIPPETS.length]!;
    setKind(next);
    (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`[data-kind="${next}"]`)?.focus();
  };
  return (
    <div class="stack-s">
      <div class="tabs" role="tablist" aria-label={text.code} onKeyDown={move}>
        {SNIPPETS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`code-${one}`}
            data-kind={one}
            aria-selected={kind === one}
            aria-controls="code-panel"
            tabIndex={kind === one ? 0 : -1}
            onClick={() => setKind(one)}
          >
            {names[one]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="code-panel" aria-labelledby={`code-${kind}`}>
        <CopyBox value={snippet(kind, picture)} label={copyLabel} />
      </div>
    </div>
  );
}
