/**
 * Tokens that must not be believed: forged, stale and misdirected ones.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { exportPKCS8, exportSPKI, importJWK, importPKCS8, SignJWT } from "jose";
import { goodClaims, ISSUER, otherKeyPair, rawToken, type TestIssuer } from "./issuer.ts";

const secondsOf = (ms: number) => Math.floor(ms / 1_000);

/** Forged, stale and misdirected tokens by what is wrong with them. */
export const FORGERIES: Record<string, (issuer: TestIssuer, nowMs: number) => Promise<string> | string> = {
  "alg none, no signature": (_, nowMs) => rawToken({ alg: "none", kid: "key-1" }, goodClaims(nowMs), ""),
  "alg None in other letters": (_, nowMs) => rawToken({ alg: "nOnE", kid: "key-1" }, goodClaims(nowMs), ""),
  "alg none with the good key's signature": async (issuer, nowMs) =>
    rawToken(
      { alg: "none", kid: "key-1" },
      goodClaims(nowMs),
      (await issuer.sign(goodClaims(nowMs))).split(".")[2]!,
    ),
  "HS256 with the public modulus as its secret": (issuer, nowMs) => hmacToken(nowMs, "HS256", issuer.publicJwk.n!),
  "HS256 with the public key's PEM as its secret": async (issuer, nowMs) =>
    hmacToken(nowMs, "HS256", await exportSPKI(await importJWK(issuer.publicJwk, "RS256") as CryptoKey)),
  "HS256 with an empty secret": (_, nowMs) => hmacToken(nowMs, "HS256", ""),
  "HS512 with the JWK as its secret": (issuer, nowMs) => hmacToken(nowMs, "HS512", JSON.stringify(issuer.publicJwk)),
  "RS256 by another key under the known kid": async (_, nowMs) =>
    await signedBy(nowMs, (await otherKeyPair("key-1")).privateKey, {}),
  "another key in the header as jwk": async (_, nowMs) => {
    const { privateKey, publicJwk } = await otherKeyPair("key-1");
    return await signedBy(nowMs, privateKey, { jwk: publicJwk });
  },
  "another key set in the header as jku": async (_, nowMs) =>
    await signedBy(nowMs, (await otherKeyPair("evil")).privateKey, {
      kid: "evil",
      jku: "https://evil.example.com/jwks.json",
    }),
  "another certificate in the header as x5u": async (_, nowMs) =>
    await signedBy(nowMs, (await otherKeyPair("evil")).privateKey, {
      kid: "evil",
      x5u: "https://evil.example.com/cert.pem",
    }),
  "a certificate chain in the header as x5c": async (_, nowMs) =>
    await signedBy(nowMs, (await otherKeyPair("key-1")).privateKey, { x5c: ["MIIB"] }),
  "a kid that is a path": (issuer, nowMs) => issuer.sign(goodClaims(nowMs), { kid: "../../../dev/null" }),
  "a kid that is an injection": (issuer, nowMs) => issuer.sign(goodClaims(nowMs), { kid: "key-1' OR '1'='1" }),
  "a kid that is no text": async (issuer, nowMs) =>
    rawToken({ alg: "RS256", kid: 1 }, goodClaims(nowMs), (await issuer.sign(goodClaims(nowMs))).split(".")[2]!),
  "no kid": async (issuer, nowMs) =>
    await new SignJWT(goodClaims(nowMs)).setProtectedHeader({ alg: "RS256" }).sign(issuer.privateKey),
  "PS256 by the good key": async (issuer, nowMs) => {
    const pem = await exportPKCS8(issuer.privateKey);
    const key = await importPKCS8(pem, "PS256");
    return await new SignJWT(goodClaims(nowMs)).setProtectedHeader({ alg: "PS256", kid: "key-1" }).sign(key);
  },
  "RS384 by the good key": async (issuer, nowMs) => {
    const key = await importPKCS8(await exportPKCS8(issuer.privateKey), "RS384");
    return await new SignJWT(goodClaims(nowMs)).setProtectedHeader({ alg: "RS384", kid: "key-1" }).sign(key);
  },
  "a critical extension nobody knows": async (issuer, nowMs) =>
    await new SignJWT(goodClaims(nowMs)).setProtectedHeader({ alg: "RS256", kid: "key-1", crit: ["x"], x: 1 })
      .sign(issuer.privateKey, { crit: { x: true } }),
  "a payload that was changed": async (issuer, nowMs) => {
    const [header, , signature] = (await issuer.sign(goodClaims(nowMs))).split(".");
    const changed = rawToken({}, goodClaims(nowMs, { sub: "user_admin" }), "").split(".")[1];
    return `${header}.${changed}.${signature}`;
  },
  "a signature that was cut": async (issuer, nowMs) => (await issuer.sign(goodClaims(nowMs))).slice(0, -8),
  "no signature": async (issuer, nowMs) => (await issuer.sign(goodClaims(nowMs))).replace(/[^.]+$/, ""),
  "an empty payload": async (issuer, nowMs) => {
    const [header, , signature] = (await issuer.sign(goodClaims(nowMs))).split(".");
    return `${header}..${signature}`;
  },
  "another issuer": (issuer, nowMs) => issuer.sign(goodClaims(nowMs, { iss: "https://evil.example.com" })),
  "the issuer with a slash behind it": (issuer, nowMs) => issuer.sign(goodClaims(nowMs, { iss: `${ISSUER}/` })),
  "no issuer": (issuer, nowMs) => issuer.sign({ sub: "user_abc", iat: secondsOf(nowMs), exp: secondsOf(nowMs) + 60 }),
  "no subject": (issuer, nowMs) => issuer.sign({ iss: ISSUER, iat: secondsOf(nowMs), exp: secondsOf(nowMs) + 60 }),
  "an empty subject": (issuer, nowMs) => issuer.sign(goodClaims(nowMs, { sub: "" })),
  "a subject of 256 characters": (issuer, nowMs) => issuer.sign(goodClaims(nowMs, { sub: "x".repeat(256) })),
  "no end": (issuer, nowMs) => issuer.sign({ iss: ISSUER, sub: "user_abc", iat: secondsOf(nowMs) }),
  "an end that is text": async (issuer, nowMs) =>
    await issuer.sign({ ...goodClaims(nowMs), exp: String(secondsOf(nowMs) + 60) as never }),
  "expired past the tolerance": (issuer, nowMs) =>
    issuer.sign(goodClaims(nowMs, { iat: secondsOf(nowMs) - 90, exp: secondsOf(nowMs) - 31 })),
  "not valid yet, past the tolerance": (issuer, nowMs) =>
    issuer.sign(goodClaims(nowMs, { nbf: secondsOf(nowMs) + 31 })),
  "issued in the future, past the tolerance": (issuer, nowMs) =>
    issuer.sign(goodClaims(nowMs, { iat: secondsOf(nowMs) + 31, exp: secondsOf(nowMs) + 90 })),
  "no time of issue": (issuer, nowMs) => issuer.sign({ iss: ISSUER, sub: "user_abc", exp: secondsOf(nowMs) + 60 }),
  "three dots of nothing": () => "..",
  "no base64url": () => "$$.$$.$$",
  "ten thousand characters": (issuer, nowMs) => issuer.sign(goodClaims(nowMs, { padding: "x".repeat(10_000) })),
};

async function signedBy(nowMs: number, key: CryptoKey, header: Record<string, unknown>): Promise<string> {
  return await new SignJWT(goodClaims(nowMs)).setProtectedHeader({ alg: "RS256", kid: "key-1", ...header }).sign(
    key,
  );
}

function hmacToken(nowMs: number, alg: "HS256" | "HS512", secret: string): string {
  const unsigned = rawToken({ alg, kid: "key-1", typ: "JWT" }, goodClaims(nowMs), "").slice(0, -1);
  const mac = createHmac(alg === "HS256" ? "sha256" : "sha512", secret).update(unsigned).digest("base64url");
  return `${unsigned}.${mac}`;
}
