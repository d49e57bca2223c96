import { assert, assertEquals } from "@std/assert";
import { CodecError, toCodecErrorCode } from "../../codec/errors.ts";

Deno.test("toCodecErrorCode() keeps known codes and calls anything else a crash", () => {
  const known = [
    "unknown_format",
    "corrupt",
    "unsupported",
    "limit",
    "crashed",
    "deadline",
    "busy",
    "cancelled",
    "bad_request",
  ] as const;
  for (const code of known) assertEquals(toCodecErrorCode(code), code);
  for (const other of ["", "CORRUPT", "toString", 7, null, undefined, {}]) {
    assertEquals(toCodecErrorCode(other), "crashed");
  }
});

Deno.test("CodecError carries its code and name", () => {
  const error = new CodecError("limit", "Too many pixels");
  assert(error instanceof Error);
  assertEquals([error.name, error.code, error.message], ["CodecError", "limit", "Too many pixels"]);
});
