import { assert, assertEquals, assertMatch } from "@std/assert";
import { type LinkClaim, parseLinkToken, signLink, verifyLink } from "../../routes/_services/link_signature.ts";
import type { LinkKey } from "../../kv/records.ts";

const KEY: LinkKey = { id: "abcd1234", secret: "01".repeat(32), createdAtMs: 0 };
const CLAIM: LinkClaim = {
  user: "user_a",
  base: "a/p",
  nonce: "n",
  linkEpoch: 2,
  expiresAt: 1_000,
  transform: null,
};

Deno.test("signLink() is HMAC-SHA256 over the parts, as an independent HMAC says", async () => {
  const { createHmac } = await import("node:crypto");
  const message = JSON.stringify(["imgsrc link 1", "user_a", "a/p", 1_000, "abcd1234", "n", 2, null]);
  const mac = createHmac("sha256", Uint8Array.fromHex(KEY.secret)).update(message).digest("base64url");
  assertEquals(await signLink(KEY, CLAIM), `abcd1234.${mac}`);
  assertMatch(await signLink(KEY, { ...CLAIM, transform: "webp?w=1" }), /^abcd1234\.t\.[\w-]{43}$/);
});

Deno.test("verifyLink() refuses when any part is another", async () => {
  for (const transform of [null, "webp?w=1"]) {
    const claim = { ...CLAIM, transform };
    const token = parseLinkToken(await signLink(KEY, claim))!;
    assert(await verifyLink(KEY, token, claim));
    const others: Partial<LinkClaim>[] = [
      { user: "user_b" },
      { base: "a/q" },
      { nonce: "m" },
      { linkEpoch: 3 },
      { expiresAt: 1_001 },
      { transform: "webp?w=2" },
      { transform: transform === null ? "" : null },
      { base: "a/p,1000" },
    ];
    for (const other of others) assertEquals(await verifyLink(KEY, token, { ...claim, ...other }), false);
    assertEquals(await verifyLink({ ...KEY, secret: "02".repeat(32) }, token, claim), false);
    assertEquals(await verifyLink({ ...KEY, id: "zzzz1234" }, token, claim), false);
    for (let at = 0; at < token.mac.length; at += 7) {
      const mac = token.mac.slice();
      mac[at]! ^= 1;
      assertEquals(await verifyLink(KEY, { ...token, mac }, claim), false);
    }
  }
});

Deno.test("parseLinkToken() gives null for anything that is no token", () => {
  const mac = "A".repeat(43);
  for (
    const text of [
      "",
      mac,
      `abcd1234.${mac}A`,
      `abcd123.${mac}`,
      `abcd1234.x.${mac}`,
      `abcd1234.t${mac}`,
      `abcd1234.${mac}=`,
    ]
  ) {
    assertEquals(parseLinkToken(text), null, text);
  }
  assertEquals(parseLinkToken(`abcd1234.t.${mac}`)?.isBound, true);
  // The last character has two bits too many: they must be zero, or one token would have four spellings.
  assertEquals(parseLinkToken(`abcd1234.${"A".repeat(42)}B`), null);
});
