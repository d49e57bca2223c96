/**
 * An authenticator in software: makes an ES256 passkey and signs with it, as a phone would (WebAuthn level 2, sections
 * 6.1 and 6.5; attestation "none").
 *
 * @module
 */

/** Bits of the flags in authenticator data. */
const FLAGS = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 } as const;
const ID_BYTES = 32;

/** What a test may have the authenticator do wrong. */
export interface Misbehaviour {
  readonly origin?: string;
  readonly rpId?: string;
  readonly isUserVerified?: boolean;
  readonly type?: string;
  readonly counter?: number;
  /** Signs something else. */
  readonly spoilSignature?: boolean;
}

const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
const utf8 = (text: string) => new TextEncoder().encode(text);
const sha256 = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((p) => [...p]));
}

function head(major: number, value: number): number[] {
  if (value < 24) return [(major << 5) | value];
  return value < 256 ? [(major << 5) | 24, value] : [(major << 5) | 25, value >> 8, value & 255];
}

/** CBOR of what WebAuthn needs: whole numbers, text, bytes, maps. */
function cbor(value: number | string | Uint8Array | Map<number | string, unknown>): Uint8Array {
  if (typeof value === "number") return Uint8Array.from(value >= 0 ? head(0, value) : head(1, -1 - value));
  if (typeof value === "string") return concat(Uint8Array.from(head(3, utf8(value).length)), utf8(value));
  if (value instanceof Uint8Array) return concat(Uint8Array.from(head(2, value.length)), value);
  const items = [...value].flatMap(([k, v]) => [cbor(k), cbor(v as number)]);
  return concat(Uint8Array.from(head(5, value.size)), ...items);
}

/** DER of an ECDSA signature out of r and s. */
function derOf(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    const start = bytes.findIndex((b) => b !== 0);
    const body = start === -1 ? [0] : [...bytes.slice(start)];
    if (body[0]! >= 0x80) body.unshift(0);
    return [2, body.length, ...body];
  };
  const body = [...integer(raw.slice(0, 32)), ...integer(raw.slice(32))];
  return Uint8Array.from([0x30, body.length, ...body]);
}

/** See the module's comment. */
export class TestAuthenticator {
  #keys: CryptoKeyPair;
  #id: Uint8Array<ArrayBuffer>;
  #counter = 0;
  #origin: string;

  private constructor(keys: CryptoKeyPair, id: Uint8Array<ArrayBuffer>, origin: string) {
    this.#keys = keys;
    this.#id = id;
    this.#origin = origin;
  }

  /** A new one with a fresh passkey for a site. */
  static async make(origin: string): Promise<TestAuthenticator> {
    const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    return new TestAuthenticator(keys as CryptoKeyPair, crypto.getRandomValues(new Uint8Array(ID_BYTES)), origin);
  }

  /** The credential's id. */
  get id(): string {
    return base64url(this.#id);
  }

  #clientData(type: string, challenge: string, wrong: Misbehaviour): Uint8Array<ArrayBuffer> {
    const data = { type: wrong.type ?? type, challenge, origin: wrong.origin ?? this.#origin, crossOrigin: false };
    return utf8(JSON.stringify(data));
  }

  async #authData(flags: number, wrong: Misbehaviour, tail: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const rpIdHash = await sha256(utf8(wrong.rpId ?? new URL(this.#origin).hostname));
    const verified = wrong.isUserVerified === false ? 0 : FLAGS.verified;
    const counter = wrong.counter ?? ++this.#counter;
    const count = Uint8Array.from([counter >>> 24, counter >> 16, counter >> 8, counter].map((b) => b & 255));
    return concat(rpIdHash, Uint8Array.from([flags | FLAGS.present | verified]), count, tail);
  }

  async #cosePublicKey(): Promise<Uint8Array> {
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", this.#keys.publicKey));
    const fields: [number, unknown][] = [[1, 2], [3, -7], [-1, 1], [-2, point.slice(1, 33)], [-3, point.slice(33)]];
    return cbor(new Map<number | string, unknown>(fields));
  }

  /** What `navigator.credentials.create()` gives. */
  async register(challenge: string, wrong: Misbehaviour = {}) {
    const length = Uint8Array.from([0, this.#id.length]);
    const attested = concat(new Uint8Array(16), length, this.#id, await this.#cosePublicKey());
    const flags = FLAGS.attested | FLAGS.backupEligible | FLAGS.backedUp;
    const authData = await this.#authData(flags, wrong, attested);
    const object = new Map<string, unknown>([["fmt", "none"], ["attStmt", new Map()], ["authData", authData]]);
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      response: {
        clientDataJSON: base64url(this.#clientData("webauthn.create", challenge, wrong)),
        attestationObject: base64url(cbor(object)),
        transports: ["internal"],
      },
      clientExtensionResults: {},
    };
  }

  /** What `navigator.credentials.get()` gives. */
  async sign(challenge: string, wrong: Misbehaviour = {}) {
    const clientData = this.#clientData("webauthn.get", challenge, wrong);
    const authData = await this.#authData(FLAGS.backupEligible | FLAGS.backedUp, wrong, new Uint8Array());
    const signed = concat(authData, await sha256(wrong.spoilSignature ? utf8("something else") : clientData));
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signature = derOf(new Uint8Array(await crypto.subtle.sign(algorithm, this.#keys.privateKey, signed)));
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(signature),
      },
      clientExtensionResults: {},
    };
  }
}
