/**
 * The log: one JSON line an event, or a readable line on a terminal.
 *
 * @module
 */
import type { Log } from "./deps.ts";

const paint = (code: number, text: string) => `\x1b[${code}m${text}\x1b[0m`;

function statusColour(status: number): number {
  return status >= 500 ? 31 : status >= 400 ? 33 : 32;
}

function pretty(level: string, event: string, fields: Record<string, unknown>, time: Date): string {
  const clock = paint(90, time.toISOString().slice(11, 23));
  if (event === "request") {
    const { method, path, status, ms, cache, codec_ms, bytes } = fields;
    const extra = [
      cache,
      codec_ms === undefined ? undefined : `codec ${codec_ms} ms`,
      bytes === undefined ? undefined : `${bytes} B`,
    ];
    const tail = extra.filter((x) => x !== undefined).join(" · ");
    return `${clock} ${paint(statusColour(Number(status)), String(status))} ${method} ${path} ${ms} ms ${
      paint(90, tail)
    }`;
  }
  const rest = Object.entries(fields).map(([key, value]) =>
    `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`
  );
  return `${clock} ${level === "error" ? paint(31, event) : event} ${rest.join(" ")}`;
}

/**
 * @param format `json` or `pretty`
 * @param write takes one line, without its end
 */
export function createLog(format: "json" | "pretty", write: (line: string) => void, now: () => number): Log {
  const at = (level: "info" | "error") => (event: string, fields: Record<string, unknown> = {}) => {
    const time = new Date(now());
    write(
      format === "json"
        ? JSON.stringify({ time: time.toISOString(), level, event, ...fields })
        : pretty(level, event, fields, time),
    );
  };
  return { info: at("info"), error: at("error") };
}

/** Longest time a line waits for others. */
const GATHER_MS = 20;

/**
 * Gathers lines and writes them together: a write of its own for every line is a fifth of a hit's CPU time.
 *
 * @param write takes whole lines, their ends included
 */
export class LineGatherer {
  #lines: string[] = [];
  #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Takes a line, without its end. */
  add(line: string): void {
    if (this.#lines.push(line) === 1) setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Writes what is there, at the latest when the process ends. */
  flush(): void {
    if (this.#lines.length > 0) this.#write(`${this.#lines.splice(0).join("\n")}\n`);
  }
}

function writeToStdout(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** The log on standard output. @param wanted `json`, `pretty`, or `auto`: pretty on a terminal */
export function startLog(wanted: string, now: () => number): Log {
  const format = wanted === "auto" ? (Deno.stdout.isTerminal() ? "pretty" : "json") : wanted;
  if (format === "pretty") return createLog("pretty", (line) => console.log(line), now);
  const lines = new LineGatherer(writeToStdout);
  addEventListener("unload", () => lines.flush());
  return createLog("json", (line) => lines.add(line), now);
}

/**
 * Warnings of the runtime become lines of the log. One is known and dropped: that a request's signal aborts after
 * successful answers too, by when nobody here listens to it any more.
 */
export function routeWarnings(log: Log): void {
  console.warn = (...words: unknown[]) => {
    const message = words.map(String).join(" ");
    if (!message.includes("request.signal aborts on successful responses")) log.error("warning", { message });
  };
}
