import { assertEquals } from "@std/assert";
import { clientAddress, parseAddress, parseRange } from "../../../routes/_http/client_address.ts";

const ranges = (...texts: string[]) => texts.map((text) => parseRange(text)!);

for (
  const [text, expected] of [
    ["1.2.3.4", [1, 2, 3, 4]],
    ["1.2.3.4:80", [1, 2, 3, 4]],
    ["::ffff:1.2.3.4", [1, 2, 3, 4]],
    ["::1", [...Array(15).fill(0), 1]],
    ["[2001:db8::2]:443", [0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 2]],
    ["fe80::1%eth0", [0xfe, 0x80, ...Array(13).fill(0), 1]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ] as const
) {
  Deno.test(`parseAddress() reads "${text}"`, () => assertEquals([...parseAddress(text)!], [...expected]));
}

for (const text of ["", "256.1.1.1", "1.2.3", "1:2", ":::", "1::2::3", "g::1", "localhost", "1:2:3:4:5:6:7:8:9"]) {
  Deno.test(`parseAddress() refuses "${text}"`, () => assertEquals(parseAddress(text), null));
}

Deno.test("parseRange() reads addresses and CIDR ranges, and nothing else", () => {
  assertEquals(parseRange("10.0.0.0/8"), { bytes: [10, 0, 0, 0], bits: 8 });
  assertEquals(parseRange(" ::1 ")?.bits, 128);
  for (const text of ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "x/8", "/8"]) assertEquals(parseRange(text), null);
});

Deno.test("clientAddress() believes X-Forwarded-For from trusted proxies only", () => {
  const trusted = ranges("10.0.0.0/8", "::1");
  assertEquals(clientAddress("9.9.9.9", "1.1.1.1", trusted), "9.9.9.9");
  assertEquals(clientAddress("10.1.2.3", "1.1.1.1", trusted), "1.1.1.1");
  assertEquals(clientAddress("10.1.2.3", "1.1.1.1", []), "10.1.2.3");
});

Deno.test("clientAddress() takes the nearest hop that is no proxy of ours, whatever the client wrote before it", () => {
  const trusted = ranges("10.0.0.0/8");
  assertEquals(clientAddress("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", trusted), "1.1.1.1");
  assertEquals(clientAddress("10.0.0.1", "nonsense", trusted), "10.0.0.1");
  assertEquals(clientAddress("10.0.0.1", "10.0.0.3, 10.0.0.2", trusted), "10.0.0.3");
  assertEquals(clientAddress("10.0.0.1", null, trusted), "10.0.0.1");
  assertEquals(clientAddress("", "1.1.1.1", trusted), "unknown");
});

Deno.test("clientAddress() counts the addresses of an IPv6 network as one", () => {
  assertEquals(clientAddress("2001:db8:1:2::1", null, []), clientAddress("2001:db8:1:2:3:4:5:6", null, []));
  assertEquals(clientAddress("2001:db8:1:2::1", null, []) === clientAddress("2001:db8:1:3::1", null, []), false);
});
