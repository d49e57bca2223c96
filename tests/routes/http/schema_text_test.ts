import { assertEquals } from "@std/assert";
import { fieldsOf, schemaText, typeText } from "../../../routes/_http/schema_text.ts";

const schemas = { Inner: { type: "object", required: ["n"], properties: { n: { type: "integer" } } } } as const;

Deno.test("typeText() says what a value may be", () => {
  const cases = [
    [{ type: "integer", minimum: 1, maximum: 10_000 }, "integer 1–10,000"],
    [{ type: "integer", minimum: 0 }, "integer"],
    [{ type: ["string", "null"] }, "text | null"],
    [{ type: "string", maxLength: 200 }, "text up to 200 characters"],
    [{ type: "string", format: "date-time" }, "time (RFC 3339)"],
    [{ enum: ["a", "b"] }, '"a" | "b"'],
    [{ const: true }, "true"],
    [{ type: "array", items: { $ref: "#/components/schemas/Inner" } }, "list of object"],
    [{ anyOf: [{ type: "boolean" }, { type: "null" }] }, "boolean | null"],
    [{}, "any"],
  ] as const;
  for (const [schema, text] of cases) assertEquals(typeText(schema, schemas), text);
});

Deno.test("fieldsOf() finds fields of objects in lists, behind references and beside null; a default is not required", () => {
  const schema = {
    type: "object",
    required: ["list", "size"],
    properties: {
      list: { type: "array", items: { $ref: "#/components/schemas/Inner" } },
      maybe: { anyOf: [{ $ref: "#/components/schemas/Inner" }, { type: "null" }], description: "Perhaps" },
      size: { type: "integer", default: 5 },
    },
  } as const;
  assertEquals(fieldsOf(schema, schemas).map((f) => [f.name, f.depth, f.required, f.doc]), [
    ["list", 0, true, ""],
    ["n", 1, true, ""],
    ["maybe", 0, false, "Perhaps"],
    ["n", 1, true, ""],
    ["size", 0, false, ""],
  ]);
  assertEquals(schemaText(schema, schemas).split("\n")[3], "  n: integer");
});
