/**
 * An address with its parts in colour.
 *
 * @module
 */
import type { VNode } from "preact";
import { Icon } from "../ui/Icon.tsx";

function Query({ query }: { readonly query: string }): VNode {
  return (
    <>
      {query.split("&").map((part, at) => {
        const [key, value] = part.split("=");
        return (
          <span key={key}>
            <span class="url-mark">{at === 0 ? "?" : "&"}</span>
            <span class="url-key">{key}</span>
            <span class="url-mark">=</span>
            <span class="url-value">{value}</span>
          </span>
        );
      })}
    </>
  );
}

/** See the module's comment. The page's script copies it. */
export function UrlBar(
  { label, copy, origin, address }: {
    readonly label: string;
    readonly copy: string;
    readonly origin: string;
    readonly address: string;
  },
): VNode {
  const [path = "", query = ""] = address.split("?");
  const dot = path.lastIndexOf(".");
  return (
    <div class="url-bar">
      <a class="url" href={address} aria-label={`${label}: ${origin}${address}`}>
        <span class="url-origin">{origin.replace(/^https?:\/\//, "")}</span>
        <span>{path.slice(0, dot)}</span>
        <span class="url-ending">{path.slice(dot)}</span>
        <Query query={query} />
      </a>
      <button class="button quiet small copy" type="button" data-copy={origin + address}>
        <Icon name="copy" /> {copy}
      </button>
    </div>
  );
}
