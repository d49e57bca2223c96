/**
 * Addresses that lead to one picture for sure: what is handed out, and what `Content-Location` names.
 *
 * `photo.webp` finds `photo.jpg`, but where `photo.png` lies beside it the later one of both. `photo.jpg.webp` is
 * certain then: the whole path, with the ending that is wanted behind it.
 *
 * @module
 */
import {
  type DerivativeFormat,
  formatOfExtension,
  FORMATS,
  isOutputFormat,
  OUTPUT_FORMATS,
  type OutputFormat,
  splitExtension,
} from "../../codec/formats.ts";
import { DEFAULT_PARAMS, formatParams, type Transform } from "../../codec/transform.ts";
import type { ImageId, ImagePath } from "../../kv/ids.ts";
import type { ImageRecord } from "../../kv/records.ts";
import type { StateDeps } from "../deps.ts";
import { displayedSize } from "./image_source.ts";

type Images = Pick<StateDeps, "images">;

/** What stands behind the user's name in a URL. */
export interface Address {
  readonly path: string;
  /** Without its question mark; may be empty. */
  readonly query: string;
}

/** Finds addresses, each base name looked at once. */
export class AddressBook {
  #state: Images;
  #record: ImageRecord;
  #bases = new Map<string, Promise<ReadonlyMap<string, ImageId>>>();

  constructor(state: Images, record: ImageRecord) {
    this.#state = state;
    this.#record = record;
  }

  #at(base: string): Promise<ReadonlyMap<string, ImageId>> {
    const known = this.#bases.get(base) ?? this.#state.images.pathsAtBase(this.#record.user, base);
    this.#bases.set(base, known);
    return known;
  }

  /** Whether delivery finds this picture there, and goes on doing so when paths beside it are pointed anew. */
  async #isCertain(path: string): Promise<boolean> {
    const { id } = this.#record;
    const { base } = splitExtension(path);
    const here = await this.#at(base);
    if (here.has(path)) return here.get(path) === id;
    if (here.size > 0) return [...here.values()].every((other) => other === id);
    return this.#record.paths.includes(base as ImagePath);
  }

  /**
   * A path of the picture in a format.
   *
   * @param path the one of its paths to stay near to
   * @returns null where no path is certain
   */
  async inFormat(path: string, format: DerivativeFormat): Promise<string | null> {
    const ending = FORMATS[format].extensions[0];
    for (const own of new Set([path, ...this.#record.paths])) {
      for (const stem of new Set([splitExtension(own).base, own])) {
        if (await this.#isCertain(`${stem}.${ending}`)) return `${stem}.${ending}`;
      }
    }
    return null;
  }
}

/** Paths of one picture by format. */
export type PathByFormat = Readonly<Record<OutputFormat, string>>;

/**
 * Paths to hand out for pictures whose name another one shares, by image; for all others the name with another ending
 * will do.
 *
 * @param wanted each with the path to stay near to; of one user
 */
export async function certainPaths(
  state: Pick<StateDeps, "images" | "lists">,
  wanted: readonly { readonly record: ImageRecord; readonly path: string }[],
): Promise<ReadonlyMap<ImageId, PathByFormat>> {
  const user = wanted[0]?.record.user;
  if (user === undefined) return new Map();
  const shared = await state.lists.sharedNames(user, wanted.map(({ path }) => path));
  const some = wanted.filter(({ path }) => shared.has(path));
  return new Map(
    await Promise.all(some.map(async ({ record, path }) => {
      const book = new AddressBook(state, record);
      const paths = await Promise.all(OUTPUT_FORMATS.map(async (format) => {
        const named = `${splitExtension(path).base}.${FORMATS[format].extensions[0]}`;
        return [format, await book.inFormat(path, format) ?? named] as const;
      }));
      return [record.id, Object.fromEntries(paths) as unknown as PathByFormat] as const;
    })),
  );
}

/**
 * The explicit address of a derivative.
 *
 * @param asked path of the request, without an ending such as `.auto`
 * @param transform a canonical one
 */
export async function addressOfDerivative(
  state: Images,
  record: ImageRecord,
  asked: string,
  transform: Transform,
): Promise<Address | null> {
  const { format } = transform;
  const { extension } = splitExtension(asked);
  // A path that leads here leads here for every query.
  const isNamed = extension !== null && formatOfExtension(extension) === format;
  const path = isNamed ? asked : await new AddressBook(state, record).inFormat(asked, format);
  if (path === null) return null;
  const query = formatParams(transform);
  // Without parameters it would be the original that is served.
  if (query !== "" || format !== record.format) return { path, query };
  return { path, query: formatParams({ ...DEFAULT_PARAMS, width: displayedSize(record).width }) };
}

/** The explicit address of an original's own bytes; null where its names say that it is something else. */
export async function addressOfOriginal(state: Images, record: ImageRecord, asked: string): Promise<Address | null> {
  for (const path of new Set([asked as ImagePath, ...record.paths])) {
    const { extension } = splitExtension(path);
    const named = extension === null ? null : formatOfExtension(extension);
    const isServedAsIs = named !== null && (named === record.format || !isOutputFormat(named));
    if (isServedAsIs && (path !== asked || record.paths.includes(path))) return { path, query: "" };
  }
  const { format } = record;
  if (!isOutputFormat(format)) return null;
  const path = await new AddressBook(state, record).inFormat(asked, format);
  return path === null ? null : { path, query: "" };
}
