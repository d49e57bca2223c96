/** Whose a picture is, from texts of PNG and EXIF into every output. */
import { assert, assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { createEngine } from "../../codec/engine.ts";
import type { DerivativeFormat, ImageFormat } from "../../codec/formats.ts";
import { planTransform } from "../../codec/plan.ts";
import { DEFAULT_PARAMS, type TransformParams } from "../../codec/transform.ts";
import { fixture } from "../doubles/app.ts";
import { hasProgram } from "../doubles/has_program.ts";

const OUTPUTS: readonly DerivativeFormat[] = ["webp", "avif", "jpeg", "png", "jxl"];
const hasExiftool = await hasProgram("exiftool", ["-ver"]);
if (!hasExiftool) console.log("rights_test: exiftool is not installed; outputs are searched for the texts alone");

type File = Uint8Array<ArrayBuffer>;

function chunk(name: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(name), 4);
  out.set(data, 8);
  view.setUint32(data.length + 8, crc32(out.subarray(4, data.length + 8)));
  return out;
}

const IHDR_END = 33;
const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** A PNG with a Latin-1 copyright and a UTF-8 author. */
function withTexts(png: File): File {
  const copyright = chunk("tEXt", latin1("Copyright\0© 2026 Müller & Co"));
  const author = chunk("iTXt", new TextEncoder().encode("Author\0\0\0\0\0田中さん"));
  const parts = [png.subarray(0, IHDR_END), copyright, author, png.subarray(IHDR_END)];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    out.set(part, at);
    return at + part.length;
  }, 0);
  return out;
}

interface Source {
  readonly format: ImageFormat;
  readonly frames: number;
}

async function render(
  file: File,
  { format: sourceFormat, frames }: Source,
  params: Partial<TransformParams> & {
    format: DerivativeFormat;
  },
): Promise<File> {
  const engine = await createEngine();
  const source = { width: 48, height: 32, orientation: 1, hasAlpha: false, frames };
  const plan = planTransform(source, { ...DEFAULT_PARAMS, ...params }, 1_000_000);
  return (await engine.execute({ kind: "render", plan, sourceFormat }, file)).bytes;
}

interface Rights {
  readonly Rights?: string;
  readonly Creator?: string | string[];
}

async function exifOf(file: File, extension: string): Promise<Rights> {
  const path = await Deno.makeTempFile({ suffix: `.${extension}` });
  await Deno.writeFile(path, file);
  const args = ["-json", "-XMP-dc:Rights", "-XMP-dc:Creator", path];
  const { stdout } = await new Deno.Command("exiftool", { args, stderr: "null" }).output();
  await Deno.remove(path);
  return JSON.parse(new TextDecoder().decode(stdout))[0];
}

async function assertRights(file: File, format: DerivativeFormat): Promise<void> {
  const text = new TextDecoder().decode(file);
  assert(text.includes("© 2026 Müller &amp; Co") && text.includes("田中さん"), format);
  if (!hasExiftool) return;
  const found = await exifOf(file, format);
  assertEquals([found.Rights, [found.Creator].flat()], ["© 2026 Müller & Co", ["田中さん"]], format);
}

Deno.test("execute() carries copyright and author of a PNG's texts into every output", async () => {
  const file = withTexts(await fixture("movie.png"));
  for (const format of OUTPUTS) {
    await assertRights(await render(file, { format: "png", frames: 1 }, { format, width: 24 }), format);
  }
});

Deno.test("execute() carries the rights of an animation into GIF and WebP", async () => {
  const file = withTexts(await fixture("movie.png"));
  for (const format of ["gif", "webp"] as const) {
    const made = await render(file, { format: "png", frames: 4 }, { format });
    await assertRights(made, format);
    // And from there on.
    await assertRights(await render(made, { format, frames: 4 }, { format: "gif" }), "gif");
  }
});

Deno.test("execute() leaves a PNG's texts out when no metadata is wanted", async () => {
  const file = withTexts(await fixture("movie.png"));
  for (const format of ["gif", "webp"] as const) {
    const made = await render(file, { format: "png", frames: 4 }, { format, meta: "none" });
    assert(!new TextDecoder().decode(made).includes("田中さん"), format);
  }
});
