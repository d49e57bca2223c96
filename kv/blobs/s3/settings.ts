/**
 * Where the bucket is, and how addresses in it are written.
 *
 * @module
 */

/** A bucket of an S3-compatible service. */
export interface S3Settings {
  /** Of the service; a path in it stands before the bucket's. */
  readonly endpoint: URL;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `path`: endpoint/bucket/key; `host`: bucket.endpoint/key. */
  readonly style: "path" | "host";
  /** Begins every key: empty, or with a slash at its end. */
  readonly prefix: string;
  /** Longest wait for the first byte of an answer. A body that is sent has more time, a second a MiB. */
  readonly firstByteTimeoutMs: number;
  /** Longest time of one request with all its tries. */
  readonly timeoutMs: number;
}

/** The address of an object, or with an empty key of the bucket. Keys need no escaping (see isBlobKey). */
export function objectUrl(settings: S3Settings, key: string, query: Readonly<Record<string, string>> = {}): URL {
  const { endpoint, bucket, style } = settings;
  const url = new URL(endpoint);
  const base = endpoint.pathname.replace(/\/+$/, "");
  if (style === "host") url.hostname = `${bucket}.${endpoint.hostname}`;
  url.pathname = style === "host" ? `${base}/${key}` : `${base}/${bucket}${key === "" ? "" : `/${key}`}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
