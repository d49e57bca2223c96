import { assertEquals } from "@std/assert";
import { curlOf, pathOf } from "../../islands/try_it/curl.ts";
import type { TryItField, TryItProps } from "../../islands/try_it/props.ts";

const field = (name: string, place: TryItField["place"], required = false, example = ""): TryItField => ({
  name,
  place,
  required,
  example,
  values: null,
});

const PROPS: TryItProps = {
  id: "x",
  method: "GET",
  path: "/i/{user}/{path}",
  origin: "https://example.com",
  access: "none",
  fields: [field("user", "path", true, "john"), field("path", "path", true, "a.webp"), field("w", "query")],
  body: null,
};
const NOTHING = { fields: {}, body: "", file: null };

Deno.test("pathOf() encodes what is filled in, keeps slashes, and leaves empty parameters out", () => {
  const fields = { user: "jö hn", path: "a b/50%?.webp", w: "" };
  assertEquals(pathOf(PROPS, { ...NOTHING, fields }), { path: "/i/j%C3%B6%20hn/a%20b/50%25%3F.webp", missing: [] });
  assertEquals(pathOf(PROPS, { ...NOTHING, fields: { ...fields, w: "8&h=9" } }).path.split("?")[1], "w=8%26h%3D9");
});

Deno.test("pathOf() names required fields that are empty, and takes a value with $ as it is", () => {
  assertEquals(pathOf(PROPS, { ...NOTHING, fields: { user: "$&" } }), { path: "/i/%24%26/{path}", missing: ["path"] });
});

Deno.test("curlOf() shows examples of what is required and never a key", () => {
  assertEquals(curlOf(PROPS, NOTHING), "curl 'https://example.com/i/john/a.webp'");
  const keyed = { ...PROPS, access: "key", path: "/x", fields: [], method: "DELETE" } as const;
  assertEquals(
    curlOf(keyed, NOTHING),
    `curl -X DELETE 'https://example.com/x' \\\n  -H "Authorization: Bearer $IMGSRC_API_KEY"`,
  );
});

Deno.test("curlOf() quotes bodies and form fields for a shell", async () => {
  const json = { ...PROPS, method: "POST", path: "/x", fields: [], body: { kind: "json", example: "" } } as const;
  const body = `{"name": "it's $HOME \`id\`"}`;
  const command = curlOf(json, { ...NOTHING, body });
  const form = { ...json, fields: [field("path", "form")], body: { kind: "form", example: "" } } as const;
  const upload = curlOf(form, { ...NOTHING, fields: { path: "a'b" } });
  const echo = 'curl() { for a in "$@"; do printf "%s\\n" "$a"; done; }\n';
  const run = async (text: string) => {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", echo + text] }).output();
    return new TextDecoder().decode(stdout).trimEnd().split("\n");
  };
  assertEquals(await run(command), [
    ...["-X", "POST", "https://example.com/x", "-H", "Content-Type: application/json", "-d", body],
  ]);
  assertEquals(await run(upload), [
    ...["-X", "POST", "https://example.com/x", "-F", "file=@photo.png", "-F", "path=a'b"],
  ]);
});
