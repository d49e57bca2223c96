/**
 * A seal around derivative bytes: what was cut or flipped on the disk is a miss, never a broken picture.
 *
 * Layout: `ISD1`, body length (u32 LE), SHA-256 of the body (32 bytes), body.
 *
 * @module
 */
import { sha256 } from "../sha256.ts";

const MAGIC = 0x31445349;
const SEAL_BYTES = 40;

/** Puts the seal before a body. */
export async function seal(body: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(SEAL_BYTES + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, body.length, true);
  out.set(await sha256(body), 8);
  out.set(body, SEAL_BYTES);
  return out;
}

/** The body behind a seal, or null when anything about it is wrong. */
export async function unseal(sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
  if (sealed.length < SEAL_BYTES) return null;
  const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== sealed.length - SEAL_BYTES) return null;
  const body = sealed.subarray(SEAL_BYTES);
  const digest = await sha256(body);
  return digest.every((byte, at) => byte === sealed[8 + at]) ? body : null;
}
