/**
 * Identity of a derivative: original's hash + canonical transform + codec version.
 *
 * @module
 */
import { hash } from "node:crypto";
import { formatTransform, type Transform } from "./transform.ts";

/**
 * Raise it whenever the same original and transform would give other bytes. Old derivatives are then never asked for
 * again and fall out of the store; etags change with it.
 */
export const CODEC_VERSION = 5;

const KEY_HEX_CHARS = 40;

/**
 * 40 hex characters (160 bits of SHA-256) over the three parts.
 *
 * @param originalHash full SHA-256 of the original, hex
 */
export function derivativeKey(originalHash: string, transform: Transform): string {
  return hash("sha256", `${CODEC_VERSION}\n${originalHash}\n${formatTransform(transform)}`).slice(0, KEY_HEX_CHARS);
}
