import { assertEquals, assertRejects } from "@std/assert";
import { ApiError } from "../../../routes/_http/api_error.ts";
import { MAX_JSON_BYTES, readJsonObject } from "../../../routes/_http/json_body.ts";

const request = (body: BodyInit | null, headers: HeadersInit = {}) =>
  new Request("http://localhost/x", { method: "POST", body, headers });

Deno.test("readJsonObject() takes what says nothing as an empty object", async () => {
  for (const body of [null, "", "  \n", "null", " null "]) assertEquals(await readJsonObject(request(body)), {});
});

Deno.test("readJsonObject() reads an object whatever its content type", async () => {
  for (const type of ["application/json", "text/plain", "multipart/form-data", ""]) {
    assertEquals(await readJsonObject(request('{"a":[1]}', { "content-type": type })), { a: [1] });
  }
});

Deno.test("readJsonObject() refuses what is no object", async () => {
  const invalidUtf8 = new Uint8Array([0x7b, 0xff, 0x7d]);
  for (const body of ["[]", "1", '"x"', "true", "{", '{"a":1,}', "undefined", "NaN", invalidUtf8]) {
    const error = await assertRejects(() => readJsonObject(request(body)), ApiError) as unknown as ApiError;
    assertEquals(error.code, "VALIDATION_ERROR");
  }
});

Deno.test("readJsonObject() takes 64 KiB and not a byte more, told or not how long it is", async () => {
  const text = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;
  const stream = (bytes: number) => new Blob([text(bytes)]).stream();
  assertEquals(Object.keys(await readJsonObject(request(text(MAX_JSON_BYTES)))), ["a"]);
  assertEquals(Object.keys(await readJsonObject(request(stream(MAX_JSON_BYTES)))), ["a"]);
  await assertRejects(() => readJsonObject(request(text(MAX_JSON_BYTES + 1))), ApiError);
  await assertRejects(() => readJsonObject(request(stream(MAX_JSON_BYTES + 1))), ApiError);
});

Deno.test("readJsonObject() takes 32 levels and not one more, brackets in texts aside", async () => {
  const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  assertEquals(Object.keys(await readJsonObject(request(nested(32)))), ["a"]);
  for (const levels of [33, 5_000, 30_000]) {
    await assertRejects(() => readJsonObject(request(nested(levels))), ApiError);
  }
  const text = '\\"[[[['.repeat(100);
  assertEquals(await readJsonObject(request(`{"a":"${text}"}`)), { a: '"[[[['.repeat(100) });
});
