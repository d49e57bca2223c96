import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createLog } from "../../routes/log.ts";

const NOW_MS = Date.UTC(2026, 0, 15, 12, 34, 56, 789);

function openLog(format: "json" | "pretty") {
  const lines: string[] = [];
  return { lines, log: createLog(format, (line) => lines.push(line), () => NOW_MS) };
}

Deno.test("createLog() writes one JSON line an event when the format is json", () => {
  const { lines, log } = openLog("json");
  log.info("request", { id: "r1", method: "GET", path: "/a\nb", status: 200, ms: 1.5, cache: undefined });
  log.error("background");
  assertEquals(lines.map((line) => JSON.parse(line)), [
    {
      time: "2026-01-15T12:34:56.789Z",
      level: "info",
      event: "request",
      id: "r1",
      method: "GET",
      path: "/a\nb",
      status: 200,
      ms: 1.5,
    },
    { time: "2026-01-15T12:34:56.789Z", level: "error", event: "background" },
  ]);
  for (const line of lines) assert(!line.includes("\n"));
});

Deno.test("createLog() writes a request in one readable line when the format is pretty", () => {
  const { lines, log } = openLog("pretty");
  log.info("request", {
    method: "GET",
    path: "/i/a/b.webp",
    status: 200,
    ms: 12,
    cache: "miss",
    codec_ms: 9,
    bytes: 77,
  });
  assertEquals(lines.length, 1);
  for (const part of ["12:34:56.789", "200", "GET", "/i/a/b.webp", "12 ms", "miss", "codec 9 ms", "77 B"]) {
    assertStringIncludes(lines[0]!, part);
  }
});

Deno.test("createLog() leaves out what a request does not have when the format is pretty", () => {
  const { lines, log } = openLog("pretty");
  log.info("request", { method: "GET", path: "/health", status: 200, ms: 1 });
  assert(!lines[0]!.includes("undefined") && !lines[0]!.includes("codec"));
});

Deno.test("createLog() paints requests by status when the format is pretty", () => {
  const { lines, log } = openLog("pretty");
  for (const status of [200, 304, 404, 503]) log.info("request", { method: "GET", path: "/", status, ms: 1 });
  // deno-lint-ignore no-control-regex -- colours are what it looks for
  const colours = lines.map((line) => line.match(/\x1b\[(\d+)m[2-5]\d\d\x1b/)?.[1]);
  assertEquals(colours, ["32", "32", "33", "31"]);
});

Deno.test("createLog() writes other events with their fields when the format is pretty", () => {
  const { lines, log } = openLog("pretty");
  log.error("codec", { kind: "killed", pid: 7 });
  for (const part of ["codec", "kind=killed", "pid=7"]) assertStringIncludes(lines[0]!, part);
});
