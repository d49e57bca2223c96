import { assert, assertEquals, assertRejects } from "@std/assert";
import { ApiError, type ApiErrorCode } from "../../../routes/_http/api_error.ts";
import { readBody, readUploadForm } from "../../../routes/_http/multipart.ts";

const MAX_FILE_BYTES = 100_000;
const BOUNDARY = "----boundary7MA4YWxk";
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const FILE = Uint8Array.from({ length: 700 }, (_, at) => (at * 7) % 256);

type Part = readonly [headers: string, content: string | Uint8Array];

const field = (name: string, value: string): Part => [`Content-Disposition: form-data; name="${name}"`, value];
const file = (filename = "photo.jpg", content: Uint8Array = FILE, type = "\r\nContent-Type: image/jpeg"): Part => [
  `Content-Disposition: form-data; name="file"; filename="${filename}"${type}`,
  content,
];

/** A form on the wire, written by hand: what clients send, not what Deno would. */
function encode(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const pieces = parts.flatMap(([headers, content]) => [
    encoder.encode(`--${BOUNDARY}\r\n${headers}\r\n\r\n`),
    typeof content === "string" ? encoder.encode(content) : content,
    encoder.encode("\r\n"),
  ]);
  pieces.push(encoder.encode(end));
  const out = new Uint8Array(pieces.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

const request = (body: BodyInit | null, headers: Record<string, string> = { "content-type": CONTENT_TYPE }) =>
  new Request("http://h/api/v1/images", { method: "POST", body, headers });

const read = (parts: readonly Part[]) => readUploadForm(request(encode(parts)), MAX_FILE_BYTES);

async function assertRefused(run: () => Promise<unknown>, code: ApiErrorCode, part: string): Promise<void> {
  const error = await assertRejects(run, ApiError, part);
  assertEquals(error.code, code);
}

/** A body that counts how many bytes were taken from it. */
function countedBody(total: number, chunkBytes = 1_000) {
  const taken = { bytes: 0, isCancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (taken.bytes >= total) return controller.close();
      controller.enqueue(new Uint8Array(chunkBytes));
      taken.bytes += chunkBytes;
    },
    cancel() {
      taken.isCancelled = true;
    },
  }, { highWaterMark: 0 });
  return { stream, taken };
}

Deno.test("readUploadForm() gives the file and the fields, byte by byte", async () => {
  const form = await read([file(), field("path", "blog/a b+c.jpg"), field("visibility", "private")]);
  assertEquals(form, { bytes: FILE, filename: "photo.jpg", path: "blog/a b+c.jpg", visibility: "private" });
});

Deno.test("readUploadForm() gives null for fields that are not there", async () => {
  const form = await read([file()]);
  assertEquals([form.path, form.visibility], [null, null]);
});

Deno.test("readUploadForm() takes the path before the file, as the Python client sends it", async () => {
  const form = await read([field("target_path", "blog/2024"), file()]);
  assertEquals([form.path, form.bytes], ["blog/2024", FILE]);
});

Deno.test("readUploadForm() prefers path when both names come, in any order", async () => {
  const [a, b] = [field("path", "seed.jpg"), field("target_path", "client.jpg")];
  for (const parts of [[a, b, file()], [b, a, file()]]) assertEquals((await read(parts)).path, "seed.jpg");
});

Deno.test("readUploadForm() takes a file part without a content type, as the Rust client sends it", async () => {
  const form = await read([file("photo.jpg", FILE, "")]);
  assertEquals([form.bytes, form.filename], [FILE, "photo.jpg"]);
});

Deno.test("readUploadForm() keeps bytes that are no text when the part says text", async () => {
  const all = Uint8Array.from({ length: 256 }, (_, n) => n);
  assertEquals((await read([file("x.png", all, "\r\nContent-Type: text/plain; charset=utf-8")])).bytes, all);
});

for (const name of ["日本 ü.png", "a b+c%20.png", ".hidden.png", "no extension", "C:\\fakepath\\x.png"]) {
  Deno.test(`readUploadForm() keeps the raw name "${name}"`, async () => {
    const form = await read([file(name), field("path", `dir/${name}`)]);
    assertEquals([form.filename, form.path], [name, `dir/${name}`]);
  });
}

Deno.test("readUploadForm() reads a body that comes in chunks without a length", async () => {
  const body = encode([file(), field("path", "x.jpg")]);
  for (const size of [1, 7, 1_000]) {
    const pieces = [];
    for (let at = 0; at < body.length; at += size) pieces.push(body.subarray(at, at + size));
    const form = await readUploadForm(request(ReadableStream.from(pieces)), MAX_FILE_BYTES);
    assertEquals([form.bytes, form.path], [FILE, "x.jpg"]);
  }
});

Deno.test("readUploadForm() finds a boundary in quotes and ignores unknown fields", async () => {
  const quoted = { "content-type": `Multipart/Form-Data; charset=utf-8; boundary="${BOUNDARY}"` };
  const body = encode([field("unknown", "x"), file(), field("file2", "y")]);
  assertEquals((await readUploadForm(request(body, quoted), MAX_FILE_BYTES)).bytes, FILE);
});

Deno.test("readUploadForm() takes a file of exactly the cap and refuses one byte more", async () => {
  const most = new Uint8Array(MAX_FILE_BYTES).fill(1);
  assertEquals((await read([file("x", most)])).bytes.length, MAX_FILE_BYTES);
  await assertRefused(() => read([file("x", new Uint8Array(MAX_FILE_BYTES + 1))]), "INVALID_FILE", "100,000 bytes");
});

Deno.test("readUploadForm() refuses an empty file", async () => {
  await assertRefused(() => read([file("x.png", new Uint8Array())]), "INVALID_FILE", "empty");
});

Deno.test("readUploadForm() refuses a form without one file in the field file", async () => {
  await assertRefused(() => read([field("path", "x")]), "VALIDATION_ERROR", "exactly one file");
  await assertRefused(() => read([field("file", "text")]), "VALIDATION_ERROR", "exactly one file");
  await assertRefused(() => read([file(), file()]), "VALIDATION_ERROR", "got 2");
  await assertRefused(() => read([]), "VALIDATION_ERROR", "");
});

Deno.test("readUploadForm() refuses a text field that is given twice or is a file", async () => {
  const twice = [file(), field("path", "a.jpg"), field("path", "b.jpg")];
  await assertRefused(() => read(twice), "VALIDATION_ERROR", '"path"');
  const asFile: Part = ['Content-Disposition: form-data; name="visibility"; filename="v.txt"', "private"];
  await assertRefused(() => read([file(), asFile]), "VALIDATION_ERROR", '"visibility"');
});

Deno.test("readUploadForm() refuses a form of 1,000 parts", async () => {
  const many = Array.from({ length: 999 }, (_, n) => field(`f${n}`, "x"));
  await assertRefused(() => read([file(), ...many]), "VALIDATION_ERROR", "fields");
});

for (const type of ["", "application/json", "image/jpeg", "application/x-www-form-urlencoded", "multipart/mixed"]) {
  Deno.test(`readUploadForm() refuses without reading when the content type is "${type}"`, async () => {
    const { stream, taken } = countedBody(1_000_000);
    const posted = request(stream, type === "" ? {} : { "content-type": type });
    await assertRefused(() => readUploadForm(posted, MAX_FILE_BYTES), "VALIDATION_ERROR", "multipart/form-data");
    assertEquals([taken.bytes, taken.isCancelled], [0, true]);
  });
}

Deno.test("readUploadForm() refuses what is no well-formed form", async () => {
  const whole = encode([file()]);
  const bodies: [string, Uint8Array<ArrayBuffer>, string][] = [
    ["another boundary", whole, "multipart/form-data; boundary=other"],
    ["no boundary", whole, "multipart/form-data"],
    ["an empty boundary", whole, "multipart/form-data; boundary="],
    ["an empty body", new Uint8Array(), CONTENT_TYPE],
    ["no form at all", FILE.slice(), CONTENT_TYPE],
    ["a cut file", whole.slice(0, 400), CONTENT_TYPE],
    ["no final boundary", encode([file()], ""), CONTENT_TYPE],
    ["a cut header", whole.slice(0, 60), CONTENT_TYPE],
  ];
  for (const [what, body, type] of bodies) {
    const posted = request(body, { "content-type": type });
    const error = await assertRejects(() => readUploadForm(posted, MAX_FILE_BYTES), ApiError, undefined);
    assertEquals([what, error.code], [what, "VALIDATION_ERROR"]);
  }
});

Deno.test("readUploadForm() stops reading a chunked body that is past the cap", async () => {
  const { stream, taken } = countedBody(1_000_000_000);
  await assertRefused(() => readUploadForm(request(stream), MAX_FILE_BYTES), "INVALID_FILE", "100,000 bytes");
  assert(taken.isCancelled);
  assert(taken.bytes <= MAX_FILE_BYTES + 64 * 1024 + 2_000, `${taken.bytes} bytes were read`);
});

Deno.test("readUploadForm() reads nothing when the declared length is past the cap", async () => {
  const { stream, taken } = countedBody(1_000_000_000);
  const headers = { "content-type": CONTENT_TYPE, "content-length": "1000000000" };
  await assertRefused(() => readUploadForm(request(stream, headers), MAX_FILE_BYTES), "INVALID_FILE", "bytes");
  assertEquals([taken.bytes, taken.isCancelled], [0, true]);
});

Deno.test("readBody() gives the body whole, up to exactly the cap", async () => {
  const tooLarge = () => new ApiError("VALIDATION_ERROR", "Too large");
  for (const length of [0, 1, 700]) {
    assertEquals(await readBody(request(FILE.slice(0, length)), 700, tooLarge), FILE.slice(0, length));
  }
  assertEquals(await readBody(request(null), 700, tooLarge), new Uint8Array());
  await assertRefused(() => readBody(request(FILE.slice()), 699, tooLarge), "VALIDATION_ERROR", "Too large");
});

Deno.test("readBody() refuses a body that breaks off", async () => {
  const broken = new ReadableStream({
    pull: (controller) => controller.error(new TypeError("Connection was reset")),
  });
  const read = () => readBody(request(broken), 700, () => new ApiError("INVALID_FILE", "Too large"));
  await assertRefused(read, "VALIDATION_ERROR", "broke off");
});

Deno.test("readUploadForm() refuses text fields that are no UTF-8", async () => {
  const bytes = Uint8Array.of(0x62, 0x61, 0x64, 0xff, 0x2e, 0x6a, 0x70, 0x67);
  const path: Part = ['Content-Disposition: form-data; name="path"', bytes];
  await assertRefused(() => read([path, file()]), "VALIDATION_ERROR", 'Field "path" must be valid UTF-8');
});
