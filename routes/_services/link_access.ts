/**
 * Private pictures: who may see one by which link.
 *
 * @module
 */
import { outputOfExtension, splitExtension } from "../../codec/formats.ts";
import { formatParams, type TransformParams } from "../../codec/transform.ts";
import type { ImageRecord, LinkKey } from "../../kv/records.ts";
import { type LinkClaim, type LinkToken, verifyLink } from "./link_signature.ts";

/** What a URL shows of a link. */
export interface LinkProof {
  readonly token: LinkToken;
  /** Unix seconds. */
  readonly expiresAt: number;
}

/**
 * The canonical text of a transform that a link is bound to: its parameters, and the format that the path's extension
 * asks for.
 */
export function boundTransform(path: string, params: TransformParams): string {
  const { extension } = splitExtension(path);
  const format = extension === null ? null : outputOfExtension(extension) ?? extension;
  return `${format ?? ""}?${formatParams(params)}`;
}

/** The claim of a link to a path of an image. @param transform see {@linkcode LinkClaim} */
export function claimOf(record: ImageRecord, path: string, expiresAt: number, transform: string | null): LinkClaim {
  return {
    user: record.user,
    base: splitExtension(path).base,
    nonce: record.nonce,
    linkEpoch: record.linkEpoch ?? 0,
    expiresAt,
    transform,
  };
}

/**
 * Whether a proof opens a private image at a path.
 *
 * @param keys those of the picture's owner
 * @param params all of them, those of a preset too
 */
export async function opensPrivate(
  keys: readonly LinkKey[],
  nowMs: number,
  record: ImageRecord,
  path: string,
  params: TransformParams,
  proof: LinkProof | null,
): Promise<boolean> {
  if (proof === null || proof.expiresAt * 1_000 <= nowMs) return false;
  const key = keys.find(({ id }) => id === proof.token.keyId);
  if (key === undefined) return false;
  const transform = proof.token.isBound ? boundTransform(path, params) : null;
  return await verifyLink(key, proof.token, claimOf(record, path, proof.expiresAt, transform));
}
