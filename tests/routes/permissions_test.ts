import { assert, assertEquals } from "@std/assert";
import { CONFIG } from "../../routes/_config/table.ts";
import { loadConfig } from "../../routes/config.ts";
import { ENVIRONMENT_NAMES, GATE_HOST, permissionFlags } from "../../routes/permissions.ts";

const PLACES = { root: "/srv/imgsrc", cwd: "/srv/imgsrc", denoPath: "/usr/bin/deno" };

const BUCKET = { S3_BUCKET: "pictures", S3_ACCESS_KEY_ID: "k", S3_SECRET_ACCESS_KEY: "s" };

function flagsOf(env: Readonly<Record<string, string>>, places = PLACES): Record<string, string[]> {
  const flags = permissionFlags(loadConfig((name) => env[name]), places);
  return Object.fromEntries(flags.map((flag) => {
    const [, name = "", list = ""] = /^--allow-(\w+)=(.+)$/.exec(flag) ?? [];
    assert(name !== "", `${flag} allows everything of its kind`);
    return [name, list.split(",")];
  }));
}

Deno.test("permissionFlags() of the defaults let in the checkout, the data, one port, Deno and a shell", () => {
  const { env, ...rest } = flagsOf({});
  assertEquals(rest, {
    net: ["127.0.0.1:8000", GATE_HOST],
    read: ["/srv/imgsrc", "/srv/imgsrc/data"],
    write: ["/srv/imgsrc/data", "/srv/imgsrc/static/_built"],
    run: ["/usr/bin/deno", "/bin/sh"],
  });
  assertEquals(env!.length, Object.keys(CONFIG).length + ENVIRONMENT_NAMES.length);
});

for (
  const [what, env, net] of [
    ["IPv6 and a port for metrics", { HOST: "::", PORT: "80", METRICS_PORT: "9000" }, [
      "[::]:80",
      "[::]:9000",
      GATE_HOST,
    ]],
    ["addresses that are handed out", { PUBLIC_URL: "https://a.example", CDN_URL: "https://b.example" }, []],
    ["a bucket by path", { S3_ENDPOINT: "http://10.0.0.5:7070", ...BUCKET }, ["10.0.0.5:7070"]],
    [
      "a bucket by host",
      { S3_ENDPOINT: "https://s3.example", ...BUCKET, S3_STYLE: "host" },
      ["s3.example:443", "pictures.s3.example:443"],
    ],
    ["Stripe", { STRIPE_SECRET_KEY: "sk" }, ["api.stripe.com:443"]],
    ["a stub of Stripe", { STRIPE_SECRET_KEY: "sk", STRIPE_API_URL: "http://127.0.0.1:12111" }, ["127.0.0.1:12111"]],
    [
      "Clerk",
      { CLERK_ISSUER: "https://clerk.example.com", CLERK_SECRET_KEY: "sk" },
      ["clerk.example.com:443", "api.clerk.com:443"],
    ],
  ] as const satisfies [string, Record<string, string>, string[]][]
) {
  Deno.test(`permissionFlags() lets out to what the settings call: ${what}`, () => {
    const own = "METRICS_PORT" in env ? [] : ["127.0.0.1:8000", GATE_HOST];
    assertEquals(flagsOf(env).net, [...own, ...net]);
  });
}

Deno.test("permissionFlags() lets in the nearest folder above one whose name would cut a list", () => {
  const { read, write } = flagsOf({ DATA_DIR: "/home/ann/my pictures,all/data" });
  assertEquals([read, write], [["/srv/imgsrc", "/home/ann"], ["/home/ann", "/srv/imgsrc/static/_built"]]);
});

Deno.test("permissionFlags() knows every name of the environment that main.ts reads by itself", async () => {
  const main = await Deno.readTextFile(new URL("../../main.ts", import.meta.url));
  const read = [...main.matchAll(/Deno\.env\.\w+\("(\w+)"\)/g)].map((match) => match[1]!);
  assert(read.length > 0);
  for (const name of read) assert(name in CONFIG || ENVIRONMENT_NAMES.includes(name), name);
});
