import { assertEquals } from "@std/assert";
import plugin from "./docs_plugin.ts";

const messages = (source: string) => Deno.lint.runPlugin(plugin, "file.ts", source).map((d) => d.message);

Deno.test("docs plugin asks for a doc comment on what is exported", () => {
  assertEquals(messages("export function f() {}"), ['Exported "f" needs a doc comment']);
  assertEquals(messages("export const a = 1;"), ['Exported "a" needs a doc comment']);
  assertEquals(messages("// no doc\nexport interface I {}"), ['Exported "I" needs a doc comment']);
  assertEquals(messages("/** Doc. */\nexport class C { run() {} #x() {} }"), ['Method "run" needs a doc comment']);
});

Deno.test("docs plugin is content with what is documented or not exported", () => {
  assertEquals(messages("/** Doc. */\nexport type T = string;"), []);
  assertEquals(messages("function f() {}"), []);
  assertEquals(messages("/** Doc. */\nexport class C implements I { run() {} }"), []);
  assertEquals(messages("/** Doc. */\nexport class C { /** Doc. */ run() {} get x() { return 1; } }"), []);
});
