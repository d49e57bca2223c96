import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { CONFIG, type ConfigRow } from "../../routes/_config/table.ts";
import { ConfigError, configHelp, configMarkdown, loadConfig } from "../../routes/config.ts";

const ROWS = Object.entries(CONFIG) as [string, ConfigRow][];
/** What must be set beside a bucket's address. */
const BUCKET = { S3_BUCKET: "pictures", S3_ACCESS_KEY_ID: "id", S3_SECRET_ACCESS_KEY: "secret" };
const load = (env: Record<string, string> = {}) => loadConfig((name) => env[name]);
const faultsOf = (env: Record<string, string>) => assertThrows(() => load(env), ConfigError).faults;

Deno.test("loadConfig() gives the defaults when the environment is empty or its values are", () => {
  const defaults = Object.fromEntries(ROWS.map(([name, row]) => [name, row.default]));
  assertEquals({ ...load() } as Record<string, unknown>, defaults);
  assertEquals(load(Object.fromEntries(ROWS.map(([name]) => [name, ""]))), load());
});

Deno.test("CONFIG documents every row, names units and keeps defaults within the range", () => {
  for (const [name, row] of ROWS) {
    assert(/^[A-Z][A-Z0-9_]*$/.test(name) && row.doc.length > 5 && !row.doc.endsWith("."), name);
    if (row.kind === "integer") assert(row.default >= row.min && row.default <= row.max, name);
    if (row.kind === "enum") assert(row.values.includes(row.default), name);
  }
});

for (const [name, row] of ROWS) {
  if (row.kind === "integer") {
    Deno.test(`loadConfig() takes the range of ${name} and nothing else`, () => {
      for (const value of [row.min, row.max]) {
        assertEquals((load({ [name]: String(value) }) as Record<string, unknown>)[name], value);
      }
      for (const bad of [String(row.min - 1), String(row.max + 1), "x", "1.5", " 8", "1e3", "0x10", "9".repeat(30)]) {
        const faults = faultsOf({ [name]: bad });
        assertEquals(faults.length, 1);
        for (const part of [name, `"${bad}"`, String(row.min), String(row.max)]) assertStringIncludes(faults[0]!, part);
      }
    });
  } else if (row.kind === "url") {
    Deno.test(`loadConfig() takes an origin for ${name} and nothing else`, () => {
      const value = (load({ [name]: "https://img.example.com:8443" }) as Record<string, unknown>)[name];
      assertEquals((value as URL).origin, "https://img.example.com:8443");
      const bad = [
        "img.example.com",
        "ftp://x.com",
        "https://x.com/i",
        "https://x.com/?a",
        "https://x.com/#a",
        "https://u:p@x.com",
        "javascript:alert(1)",
        "https://",
      ];
      for (const text of bad) assertStringIncludes(faultsOf({ [name]: text })[0]!, `"${text}"`);
    });
  } else if (row.kind === "address") {
    Deno.test(`loadConfig() takes an address for ${name} and nothing else`, () => {
      const beside = name === "S3_ENDPOINT" ? BUCKET : {};
      const value = (load({ ...beside, [name]: "https://id.example.com/keys.json" }) as Record<string, unknown>)[name];
      assertEquals((value as URL).href, "https://id.example.com/keys.json");
      for (
        const text of ["id.example.com", "ftp://x.com", "https://x.com/#a", "https://u:p@x.com", "file:///etc/passwd"]
      ) {
        assertStringIncludes(faultsOf({ ...beside, [name]: text })[0]!, `"${text}"`);
      }
    });
  } else if (row.kind === "networks") {
    Deno.test(`loadConfig() takes addresses and ranges for ${name} and nothing else`, () => {
      for (const text of ["10.0.0.0/8", "127.0.0.1, ::1", "2001:db8::/32"]) {
        assertEquals((load({ [name]: text }) as Record<string, unknown>)[name], text);
      }
      for (const text of ["proxy", "10.0.0.0/33", "10.0.0.0/8,", "10.0.0.0/8 ::1"]) {
        assertStringIncludes(faultsOf({ [name]: text })[0]!, name);
      }
    });
  } else if (row.kind === "enum") {
    Deno.test(`loadConfig() takes the words of ${name} and nothing else`, () => {
      const beside = name === "EDGE_PURGE" ? { EDGE_PURGE_URL: "https://cdn.example.com/purge" } : {};
      for (const word of row.values) {
        assertEquals((load({ ...beside, [name]: word }) as Record<string, unknown>)[name], word);
      }
      assertStringIncludes(faultsOf({ [name]: "nonsense" })[0]!, row.values.join(", "));
    });
  }
}

Deno.test("loadConfig() reports every fault at once", () => {
  const faults = faultsOf({ PORT: "-1", PUBLIC_URL: "x", LOG_FORMAT: "xml", MAX_PIXELS: "0", HOST: "::1" });
  assertEquals(faults.length, 4);
  for (const name of ["PORT", "PUBLIC_URL", "LOG_FORMAT", "MAX_PIXELS"]) {
    assertEquals(faults.filter((f) => f.startsWith(name)).length, 1, name);
  }
});

Deno.test("loadConfig() takes a bucket whole or not at all, and says everything that is missing", () => {
  const S3_ENDPOINT = "https://s3.example.com/storage/v1";
  assertEquals(load({ ...BUCKET, S3_ENDPOINT }).S3_ENDPOINT?.href, S3_ENDPOINT);
  assertEquals(faultsOf({ S3_ENDPOINT }).map((fault) => fault.split(" ")[0]), Object.keys(BUCKET));
  const alone = faultsOf({ S3_BUCKET: "pictures", S3_ACCESS_KEY_ID: "id" });
  assertEquals(alone, ["S3_ENDPOINT must be set beside S3_BUCKET, S3_ACCESS_KEY_ID, or none of them"]);
  assertEquals(load({ S3_REGION: "eu-central-1", S3_PREFIX: "a" }).S3_ENDPOINT, null);
});

Deno.test("loadConfig() refuses names that a bucket can't have, and host style at a numeric address", () => {
  const good = { ...BUCKET, S3_ENDPOINT: "http://127.0.0.1:9000" };
  for (const prefix of ["imgsrc", "imgsrc/live", "v1.2_x-y"]) load({ ...good, S3_PREFIX: prefix });
  for (const prefix of ["/a", "a/", "a//b", "../a", "a b", ".a", "ä", "x".repeat(201)]) {
    assertStringIncludes(faultsOf({ ...good, S3_PREFIX: prefix })[0]!, `S3_PREFIX`);
  }
  for (const bucket of ["ab", "Pictures", "a/b", "-ab", "a_b", "x".repeat(64)]) {
    assertStringIncludes(faultsOf({ ...good, S3_BUCKET: bucket })[0]!, `"${bucket}"`);
  }
  for (const host of ["127.0.0.1:9000", "[::1]:9000"]) {
    const faults = faultsOf({ ...good, S3_ENDPOINT: `http://${host}`, S3_STYLE: "host", PORT: "x" });
    assertEquals(faults.map((fault) => fault.split(" ")[0]), ["PORT", "S3_STYLE"]);
  }
  assertEquals(load({ ...good, S3_ENDPOINT: "http://minio:9000", S3_STYLE: "host" }).S3_STYLE, "host");
});

Deno.test("configHelp() and configMarkdown() show every row with its default", () => {
  const [help, markdown] = [configHelp(), configMarkdown()];
  for (const [name, row] of ROWS) {
    for (const text of [help, markdown]) {
      assertStringIncludes(text, name);
      assertStringIncludes(text, row.doc);
    }
    if (row.default !== null) assertStringIncludes(markdown, `| \`${name}\` | ${row.default} |`);
  }
  assertEquals(markdown.split("\n").length, ROWS.length + 2);
});
