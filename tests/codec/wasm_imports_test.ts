import { assert, assertEquals } from "@std/assert";
import avifDecoderGlue from "@jsquash/avif/codec/dec/avif_dec.js";
import jxlEncoderGlue from "@jsquash/jxl/codec/enc/jxl_enc.js";
import * as modules from "../../codec/codecs.js";

/** Glue that fills a module's imports; our own modules import nothing and have none. */
const GLUE: Readonly<Record<keyof typeof modules, unknown>> = {
  coreModule: null,
  avifDecoderModule: avifDecoderGlue,
  avifEncoderModule: null,
  jxlEncoderModule: jxlEncoderGlue,
};

/** What the WASM of packages may call, and why that is harmless in a process without permissions. */
const ALLOWED: readonly (readonly [names: RegExp, why: string])[] = [
  [/^__embind_(register|finalize)_[a-z_]+$/, "tells the glue about types, once at the start"],
  [/^__emval_(call|call_method|decref|incref|get_global|get_method_caller|new|new_cstring)$/, "handles of values"],
  [/^__emval_(run_destructors|set_property|take_value)$/, "handles of values"],
  [/^invoke_[iv]+$/, "calls back into the same WASM, catching its longjmp"],
  [/^(__emscripten_throw_longjmp|___cxa_throw|_abort)$/, "ends the job"],
  [/^(_emscripten_resize_heap|_emscripten_memcpy_big)$/, "its own memory; its end is set from outside"],
  [/^_emscripten_asm_const_int$/, "runs a snippet that the build put into the glue"],
  [/^(_emscripten_date_now|_strftime_l)$/, "the clock"],
  [/^_environ_(get|sizes_get)$/, "an environment made up by the glue"],
  [
    /^(_fd_(close|read|seek|write)|___syscall_(fcntl64|ioctl|openat))$/,
    "the glue's own file system, in memory or none",
  ],
  [/^_system$/, "gives an error for every command"],
];

/** Names of the functions behind the one-letter imports. */
function wasmImportsOf(glue: unknown): ReadonlyMap<string, string> {
  const table = /var wasmImports=\{([^}]*)\}/.exec(String(glue))?.[1];
  if (table === undefined) throw new Error("Glue has no table of imports");
  return new Map(
    table.split(",").map((row) => {
      const [letter = "", name = ""] = row.replaceAll('"', "").split(":");
      return [letter, name] as const;
    }),
  );
}

for (const [name, glue] of Object.entries(GLUE)) {
  if (glue !== null) continue;
  Deno.test(`${name} imports nothing`, () => {
    assertEquals(WebAssembly.Module.imports(modules[name as keyof typeof modules]), []);
  });
}

Deno.test("every WASM module of the product is known here", () => {
  assertEquals(Object.keys(modules).sort(), Object.keys(GLUE).sort());
});

for (const [name, glue] of Object.entries(GLUE)) {
  if (glue === null) continue;
  Deno.test(`what ${name} imports is on the list`, () => {
    const imports = WebAssembly.Module.imports(modules[name as keyof typeof modules]);
    const behind = wasmImportsOf(glue);
    assert(imports.length > 0);
    for (const row of imports) {
      assertEquals([row.module, row.kind], ["a", "function"]);
      const called = behind.get(row.name);
      assert(
        called !== undefined && ALLOWED.some(([names]) => names.test(called)),
        `${name} imports ${row.name}, which is ${called ?? "not in the glue"}`,
      );
    }
  });
}
