import { assertEquals } from "@std/assert";
import { fill } from "../../islands/ui/fill.ts";
import { canRetry, readProblem } from "../../islands/ui/ask_api.ts";
import { formatDuration, formatSaving, makingMs } from "../../islands/common/numbers.ts";

Deno.test("fill() puts values in, and words by their number", () => {
  const text = "{count} {count:picture|pictures} in {folder}";
  assertEquals(fill(text, { count: 1, folder: "a" }), "1 picture in a");
  assertEquals(fill(text, { count: "1,000", folder: "{count}" }), "1,000 pictures in {count}");
  assertEquals(fill(text, { count: 0 }), "0 pictures in {folder}");
  assertEquals(fill("{other:one|more}", { count: 1 }), "{other:one|more}");
});

Deno.test("formatSaving() and formatDuration() say what people say", () => {
  assertEquals(formatSaving(29, 100, "en"), "-71%");
  assertEquals(formatSaving(104, 100, "en"), "+4%");
  assertEquals(formatSaving(100, 100, "en"), "0%");
  assertEquals([formatSaving(5, 1_000, "en"), formatSaving(997, 1_000, "en")], ["-99.5%", "-0.3%"]);
  assertEquals([formatDuration(8.44, "en"), formatDuration(212.3, "en"), formatDuration(1_240, "en")], [
    "8.4 ms",
    "212 ms",
    "1.2 s",
  ]);
});

Deno.test("makingMs() adds up what making took, and knows when nothing was made", () => {
  assertEquals(makingMs("cache;desc=made, decode;dur=10.5, resize;dur=2, encode;dur=7.5"), 20);
  assertEquals([makingMs("cache;desc=memory"), makingMs(null)], [null, null]);
});

Deno.test("readProblem() reads the envelope, and tells what is none by its status", () => {
  const envelope = JSON.stringify({ error: { code: "BUSY", message: "Later", status: 503, path: "/" } });
  const busy = readProblem(503, envelope, "2");
  assertEquals(busy, { code: "BUSY", message: "Later", status: 503, retryAfterMs: 2_000 });
  const proxy = readProblem(413, "<html>", null);
  assertEquals(proxy, { code: "INTERNAL_ERROR", message: "HTTP 413", status: 413, retryAfterMs: null });
  assertEquals([canRetry(busy), canRetry(proxy), canRetry({ ...busy, status: 0 })], [true, false, true]);
});
