/**
 * Whose request is it? The peer's address, or what trusted proxies say.
 *
 * @module
 */

/** A range of addresses. */
export interface AddressRange {
  readonly bytes: readonly number[];
  readonly bits: number;
}

function parseV4(text: string): number[] | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const bytes = match?.slice(1).map(Number) ?? null;
  return bytes !== null && bytes.every((byte) => byte <= 255) ? bytes : null;
}

const groupsOf = (text: string) => (text === "" ? [] : text.split(":"));

function parseV6(text: string): number[] | null {
  const v4 = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = v4 === null ? null : parseV4(v4[2]!);
  if (v4 !== null && tail === null) return null;
  const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
  const plain = tail === null ? text : `${v4![1]}${hex(tail[0]!, tail[1]!)}:${hex(tail[2]!, tail[3]!)}`;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const [front, back] = [groupsOf(halves[0]!), groupsOf(halves[1] ?? "")];
  const missing = 8 - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...front, ...Array<string>(missing).fill("0"), ...back];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
}

/** 4 or 16 bytes, IPv4 inside IPv6 as IPv4; null for what is no address. */
export function parseAddress(text: string): readonly number[] | null {
  const plain = text.trim().replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/%.*$/, "");
  const v4 = parseV4(plain.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1"));
  if (v4 !== null) return v4;
  const v6 = plain.includes(":") ? parseV6(plain) : null;
  const isMapped = v6 !== null && v6.slice(0, 10).every((byte) => byte === 0) && v6[10] === 255 && v6[11] === 255;
  return isMapped ? v6.slice(12) : v6;
}

/** Parses `10.0.0.0/8`, `::1` …; null for anything else. */
export function parseRange(text: string): AddressRange | null {
  const [address = "", bits, ...rest] = text.trim().split("/");
  const bytes = parseAddress(address);
  if (bytes === null || rest.length > 0) return null;
  const most = bytes.length * 8;
  if (bits === undefined) return { bytes, bits: most };
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? { bytes, bits: Number(bits) } : null;
}

function isIn(address: readonly number[], range: AddressRange): boolean {
  if (address.length !== range.bytes.length) return false;
  for (let bit = 0; bit < range.bits; bit++) {
    const [at, mask] = [bit >> 3, 128 >> (bit & 7)];
    if ((address[at]! & mask) !== (range.bytes[at]! & mask)) return false;
  }
  return true;
}

/** IPv6 by its /64, which is one household; IPv4 as it is. */
function nameOf(address: readonly number[]): string {
  if (address.length === 4) return address.join(".");
  return `${address.slice(0, 8).map((byte) => byte.toString(16).padStart(2, "0")).join("")}/64`;
}

/**
 * The address that answers for a request: the peer, or, where the peer is a trusted proxy, the nearest one in
 * `X-Forwarded-For` that is none. What stands further left was written by the client itself.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trusted: readonly AddressRange[]): string {
  let address = parseAddress(peer);
  if (address === null) return "unknown";
  const hops = forwardedFor?.split(",") ?? [];
  while (trusted.some((range) => isIn(address!, range))) {
    const hop = hops.pop();
    const next = hop === undefined ? null : parseAddress(hop);
    if (next === null) break;
    address = next;
  }
  return nameOf(address);
}
