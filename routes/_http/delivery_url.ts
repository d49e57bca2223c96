/**
 * Delivery URLs: taken apart from the raw request target, and made for answers.
 *
 * @module
 */

/** Where pictures are served. */
export interface DeliveryOrigin {
  /** Origin, without a slash at its end. */
  readonly origin: string;
  /** `/i` on the program's own host, empty on a host of its own. */
  readonly prefix: string;
}

/** The parts of a request target, as sent: nothing decoded, nothing normalised. */
export interface RawTarget {
  /** Begins with a slash. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

/**
 * Takes path and query out of an absolute URL by hand: the URL class would resolve `..` and `%2e%2e` before anybody
 * could refuse them.
 */
export function rawTarget(url: string): RawTarget {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const rest = start === -1 ? "/" : url.slice(start);
  const hash = rest.indexOf("#");
  const target = hash === -1 ? rest : rest.slice(0, hash);
  const mark = target.indexOf("?");
  return mark === -1 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** Percent-decodes once, as UTF-8; null when an escape or the UTF-8 behind it is broken. `+` stays a plus. */
export function decodePath(raw: string): string | null {
  try {
    return decodeURIComponent(raw);
  } catch {
    return null;
  }
}

/** Percent-encodes each segment of a path. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The public URL of a picture. @param path with the extension that is wanted */
export function deliveryUrl(at: DeliveryOrigin, user: string, path: string): string {
  return `${at.origin}${at.prefix}/${user}/${encodePath(path)}`;
}
