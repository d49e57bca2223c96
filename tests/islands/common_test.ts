import { assertEquals } from "@std/assert";
import { canRetry, readError } from "../../islands/common/api.ts";
import { formatBytes, formatDuration, formatSaving, makingMs } from "../../islands/common/numbers.ts";

Deno.test("formatBytes() shows three figures in steps of 1,024", () => {
  const cases: [number, string][] = [
    [0, "0 B"],
    [1, "1 B"],
    [1_023, "1,023 B"],
    [1_024, "1 KB"],
    [1_536, "1.5 KB"],
    [10_240 + 512, "10.5 KB"],
    [5 * 1_048_576, "5 MB"],
    [123_456_789, "118 MB"],
    [10 * 1_073_741_824, "10 GB"],
    [5e15, "4,547 TB"],
  ];
  for (const [bytes, text] of cases) assertEquals(formatBytes(bytes, "en"), text);
});

Deno.test("formatSaving() and formatDuration() say what people say", () => {
  assertEquals(formatSaving(29, 100, "en"), "-71%");
  assertEquals(formatSaving(104, 100, "en"), "+4%");
  assertEquals(formatSaving(100, 100, "en"), "0%");
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

Deno.test("readError() reads the envelope, and tells what is none by its status", () => {
  const envelope = JSON.stringify({ error: { code: "BUSY", message: "Later", status: 503, path: "/" } });
  const busy = readError(503, envelope, "2");
  assertEquals([busy.code, busy.message, busy.retryAfterMs, canRetry(busy)], ["BUSY", "Later", 2_000, true]);
  const proxy = readError(413, "<html>", null);
  assertEquals([proxy.code, proxy.message, proxy.retryAfterMs, canRetry(proxy)], [
    "INTERNAL_ERROR",
    "HTTP 413",
    null,
    false,
  ]);
});
