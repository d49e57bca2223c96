/**
 * The few XML answers of S3, read by their known elements. No entity but the five of XML and character references is
 * resolved, nothing is fetched, and text that is not as expected is a fault instead of a guess.
 *
 * @module
 */

/** An object of a list. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedAtMs: number;
}

/** A page of a list. */
export interface ListPage {
  readonly objects: readonly ListedObject[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeText(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w{1,10});/g, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const code = name[1] === "x" ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** Text of the first element of a name, which holds no elements; null when there is none. */
export function xmlText(xml: string, name: string): string | null {
  const open = new RegExp(`<${name}(?:\\s[^>]*)?>`).exec(xml);
  if (open === null) return null;
  const start = open.index + open[0].length;
  const end = xml.indexOf(`</${name}>`, start);
  return end === -1 ? null : decodeText(xml.slice(start, end));
}

/** What lies in each element of a name. */
function* elements(xml: string, name: string): Generator<string> {
  const [open, close] = [`<${name}>`, `</${name}>`];
  for (let at = xml.indexOf(open); at !== -1;) {
    const end = xml.indexOf(close, at);
    if (end === -1) throw new SyntaxError(`Element <${name}> has no end`);
    yield xml.slice(at + open.length, end);
    at = xml.indexOf(open, end);
  }
}

/**
 * Reads an answer of ListObjectsV2 (docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
 *
 * @throws {SyntaxError} for anything else, and for a page that says it has a next one but not where
 */
export function parseListPage(xml: string): ListPage {
  if (!/<ListBucketResult[\s>]/.test(xml)) throw new SyntaxError("Answer is no list of objects");
  const objects = [...elements(xml, "Contents")].map((element) => {
    const key = xmlText(element, "Key");
    const size = Number(xmlText(element, "Size") ?? NaN);
    const modifiedAtMs = Date.parse(xmlText(element, "LastModified") ?? "");
    if (key === null || !Number.isSafeInteger(size) || Number.isNaN(modifiedAtMs)) {
      throw new SyntaxError("Object of a list lacks its key, size or time");
    }
    return { key, size, modifiedAtMs };
  });
  // Keys and owners stand inside <Contents>; the page's own elements outside it.
  const page = xml.replace(/<Contents>[\s\S]*?<\/Contents>/g, "");
  if (xmlText(page, "IsTruncated") !== "true") return { objects, next: null };
  const next = xmlText(page, "NextContinuationToken");
  if (next === null || next === "") throw new SyntaxError("List goes on but says not where");
  return { objects, next };
}

/** A page of uploads in parts that have not ended. */
export interface UploadsPage {
  readonly uploads: readonly { readonly key: string; readonly uploadId: string; readonly begunAtMs: number }[];
  /** Behind which the next page begins; null at the end. */
  readonly next: { readonly key: string; readonly uploadId: string } | null;
}

/**
 * Reads an answer of ListMultipartUploads.
 *
 * @throws {SyntaxError} as {@linkcode parseListPage}
 */
export function parseUploadsPage(xml: string): UploadsPage {
  if (!/<ListMultipartUploadsResult[\s>]/.test(xml)) throw new SyntaxError("Answer is no list of uploads");
  const uploads = [...elements(xml, "Upload")].map((element) => {
    const [key, uploadId] = [xmlText(element, "Key"), xmlText(element, "UploadId")];
    const begunAtMs = Date.parse(xmlText(element, "Initiated") ?? "");
    if (key === null || uploadId === null || Number.isNaN(begunAtMs)) {
      throw new SyntaxError("Upload of a list lacks its key, id or time");
    }
    return { key, uploadId, begunAtMs };
  });
  const page = xml.replace(/<Upload>[\s\S]*?<\/Upload>/g, "");
  if (xmlText(page, "IsTruncated") !== "true") return { uploads, next: null };
  const next = { key: xmlText(page, "NextKeyMarker") ?? "", uploadId: xmlText(page, "NextUploadIdMarker") ?? "" };
  if (next.key === "") throw new SyntaxError("List goes on but says not where");
  return { uploads, next };
}
