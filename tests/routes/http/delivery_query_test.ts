import { assertEquals, assertThrows } from "@std/assert";
import { ApiError } from "../../../routes/_http/api_error.ts";
import { linkProofOf, presetOf } from "../../../routes/_http/delivery_query.ts";
import { readingsOfPath } from "../../../routes/_http/raw_path.ts";

const query = (text: string) => new URLSearchParams(text);

Deno.test("presetOf() finds the name in every spelling", () => {
  for (const text of ["p:a-B_1", "p%3Aa-B_1", "p:a-B_1=", "p%3aa-B_1=x", "w=1&p:a-B_1", "p:a-B_1&p:a-B_1="]) {
    assertEquals(presetOf(query(text)), "a-B_1", text);
  }
  for (const text of ["", "p=a", "P:a", "xp:a", "w=p:a"]) assertEquals(presetOf(query(text)), null, text);
  assertThrows(() => presetOf(query("p:a&p:b")), ApiError);
});

Deno.test("linkProofOf() takes both spellings, and nothing that contradicts itself", () => {
  for (const text of ["token=t&expires=5", "sig=t&exp=5", "token=t&exp=5", "token=t&sig=t&expires=5&exp=5"]) {
    assertEquals(linkProofOf(query(text)), { token: "t", expiresAt: 5 }, text);
  }
  const bad = [
    "",
    "token=t",
    "exp=5",
    "token=t&sig=u&exp=5",
    "token=t&exp=5&expires=6",
    "token=t&exp=-5",
    "token=t&exp=5.5",
  ];
  for (const text of [...bad, "token=t&exp=0x5", "token=t&exp=", `token=t&exp=${"9".repeat(13)}`]) {
    assertEquals(linkProofOf(query(text)), null, text);
  }
});

Deno.test("readingsOfPath() decodes once, with a plus as a plus first and as a space then", () => {
  assertEquals(readingsOfPath("a%2Fb%20c"), ["a/b c"]);
  assertEquals(readingsOfPath("a+b"), ["a+b", "a b"]);
  assertEquals(readingsOfPath("a%2Bb+c"), ["a+b+c", "a+b c"]);
  assertEquals(readingsOfPath("a%252Fb"), ["a%2Fb"]);
  for (const raw of ["%", "%F0", "a%zz"]) assertEquals(readingsOfPath(raw), []);
});
