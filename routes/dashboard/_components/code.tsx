/**
 * A piece of code, with a button that copies it where scripts run.
 *
 * @module
 */
import type { VNode } from "preact";
import { Icon } from "../../../islands/ui/Icon.tsx";
import type { Text } from "../_text/catalogue.ts";

/** See the module's comment. @param isWrapped true = long lines break, as addresses should */
export function Code(
  { code, text, isWrapped = false }: { readonly code: string; readonly text: Text; readonly isWrapped?: boolean },
): VNode {
  return (
    <div class={isWrapped ? "code wrap" : "code"}>
      <pre tabIndex={0}><code>{code}</code></pre>
      <CopyButton value={code} label={text.shell.copy} />
    </div>
  );
}

/** A button that copies a text; hidden until the script that does it has come. */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }): VNode {
  return (
    <button
      class="button quiet small square copy"
      type="button"
      data-copy={value}
      aria-label={label}
      title={label}
      hidden
    >
      <Icon name="copy" />
    </button>
  );
}
