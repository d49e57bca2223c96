import { assertEquals, assertNotEquals } from "@std/assert";
import { fold } from "../../kv/fold.ts";

const SAME = [
  ["ZÜRICH", "zurich"],
  ["Zu\u0308rich", "Zürich"],
  ["Café", "CAFE"],
  ["straße", "STRASSE"],
  ["İstanbul", "istanbul"],
  ["Ñandú", "nandu"],
  ["ＡＢＣ", "abc"],
  ["ﬁsh", "FISH"],
  ["Ἀθήνα", "αθηνα"],
  ["ΟΔΟΣ", "οδος"],
  ["日本", "日本"],
] as const;

for (const [one, other] of SAME) {
  Deno.test(`fold() makes "${one}" and "${other}" the same`, () => assertEquals(fold(one), fold(other)));
}

for (const [one, other] of [["が", "か"], ["কি", "ক"], ["a", "b"], ["日", "本"]] as const) {
  Deno.test(`fold() keeps "${one}" and "${other}" apart`, () => assertNotEquals(fold(one), fold(other)));
}

Deno.test("fold() leaves what it folded as it is, and line breaks", () => {
  for (const [one] of SAME) assertEquals(fold(fold(one)), fold(one));
  assertEquals(fold("A\nÉ"), "a\ne");
});
