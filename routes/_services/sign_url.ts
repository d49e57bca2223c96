/**
 * Signed links: made for a path of an image, remembered as its latest.
 *
 * @module
 */
import { type OutputFormat, outputOfExtension, splitExtension } from "../../codec/formats.ts";
import type { JsonTransform } from "../../codec/json_params.ts";
import { DEFAULT_PARAMS, formatParams } from "../../codec/transform.ts";
import type { ImageId, ImagePath } from "../../kv/ids.ts";
import type { ImageRecord, UserRecord } from "../../kv/records.ts";
import type { Deps, StateDeps } from "../deps.ts";
import { AddressBook } from "./addresses.ts";
import { handedOutQuery } from "./handed_out.ts";
import { boundTransform, claimOf } from "./link_access.ts";
import { signLink } from "./link_signature.ts";

/** What is wanted of a link. */
export interface LinkRequest {
  /** One of the image's; null = its first. */
  readonly path: ImagePath | null;
  readonly expiresInSeconds: number;
  /** The transform that the link is bound to; null = any is allowed. */
  readonly transform: JsonTransform | null;
}

/** A link: what stands behind the host and the user's name. */
export interface SignedLink {
  /** With the extension that is asked for. */
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  /** Unix seconds. */
  readonly expiresAt: number;
}

/** The path in the format that is wanted where one is sure to lead to the image, else as it is stored. */
async function pathInFormat(state: StateDeps, record: ImageRecord, path: ImagePath, format: OutputFormat) {
  return await new AddressBook(state, record).inFormat(path, format) ?? path;
}

/** Makes a link to an image. */
export async function signUrl(
  deps: Deps,
  user: UserRecord,
  record: ImageRecord,
  request: LinkRequest,
): Promise<SignedLink> {
  const preferred = outputOfExtension(user.settings.deliveryFormats[0] ?? "") ?? "webp";
  const format = request.transform?.format ?? preferred;
  const path = await pathInFormat(deps, record, request.path ?? record.paths[0]!, format);
  const expiresAt = Math.floor(deps.now() / 1_000) + request.expiresInSeconds;
  const params = request.transform === null ? null : { ...DEFAULT_PARAMS, ...request.transform.params };
  const transform = params === null ? null : boundTransform(path, params);
  const key = await deps.linkKeys.current(user.id);
  const token = await signLink(key, claimOf(record, path, expiresAt, transform));
  const shown = params === null ? handedOutQuery(user.settings, record) : formatParams(params);
  const query = `${shown === "" ? "" : `${shown}&`}token=${token}&expires=${expiresAt}`;
  const { nonce, linkEpoch = 0 } = record;
  const row = { v: 1, nonce, linkEpoch, keyId: key.id, path, query, expiresAtMs: expiresAt * 1_000 } as const;
  await deps.activeLinks.put(user.id, record.id, row);
  return { path, query, expiresAt };
}

/** The latest links of those images that are private and have one that still opens them. */
export async function activeLinksOf(
  state: StateDeps,
  user: UserRecord,
  records: readonly ImageRecord[],
): Promise<Map<ImageId, SignedLink>> {
  const hidden = records.filter(({ visibility }) => visibility === "private");
  if (hidden.length === 0) return new Map();
  const rows = await state.activeLinks.get(user.id, hidden.map(({ id }) => id));
  const keys = new Set(rows.size === 0 ? [] : (await state.linkKeys.list(user.id)).map(({ id }) => id));
  return new Map(hidden.flatMap((record) => {
    const row = rows.get(record.id);
    if (row === undefined || !keys.has(row.keyId)) return [];
    const isSame = row.nonce === record.nonce && row.linkEpoch === (record.linkEpoch ?? 0);
    const base = splitExtension(row.path).base;
    if (!isSame || !record.paths.some((path) => path === base || splitExtension(path).base === base)) return [];
    return [[record.id, { path: row.path, query: row.query, expiresAt: row.expiresAtMs / 1_000 }] as const];
  }));
}
