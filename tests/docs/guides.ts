/**
 * `deno task guides`: builds each guide of the documentation with its framework from npm, or runs it with the
 * official client, in a temporary folder, and fetches every address that comes out of it. Takes minutes and some hundred MB, so CI leaves it out.
 *
 *     deno task guides               all of them
 *     deno task guides react next    some
 *
 * @module
 */
import { addressesIn, type GuideFile, type GuideId, guidesAt } from "../../routes/dashboard/_docs/guides.ts";
import { startServer, withFolder } from "../doubles/server.ts";

const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);

interface Build {
  /** From npm. */
  readonly packages: readonly string[];
  /** What a project has beside the guide's own files. */
  readonly files: readonly GuideFile[];
  readonly commands: readonly (readonly string[])[];
  /** Where the page that came out is; null = what the last command prints. */
  readonly output: string | null;
}

/** The Node that the newest ones ask for, from npm too: `npx` takes the project's own before the machine's. */
const NODE = "node@22";

const VITE = `import react from "@vitejs/plugin-react";
export default { plugins: [react()], build: { ssr: "src/print.jsx", rollupOptions: { output: { entryFileNames: "print.mjs" } } } };`;
const PRINT = `import { renderToString } from "react-dom/server";
import { writeFileSync } from "node:fs";
import App from "./App.jsx";
writeFileSync("page.html", renderToString(<App />));`;

// Without TLS: the server under test is on this machine.
const CARGO = `[package]
name = "guide"
version = "0.0.0"
edition = "2021"

[dependencies]
img_src = { version = "=0.3.2", default-features = false }
tokio = { version = "1", features = ["rt", "macros"] }`;

/** The frameworks, at the versions that were tried. */
const BUILDS: Partial<Record<GuideId, Build>> = {
  react: {
    packages: ["react@19.3.1", "react-dom@19.3.1", "vite@8.4.0", "@vitejs/plugin-react@6.3.0"],
    files: [{ name: "vite.config.mjs", code: VITE }, { name: "src/print.jsx", code: PRINT }],
    commands: [["npx", "vite", "build"], ["node", "dist/print.mjs"]],
    output: "page.html",
  },
  next: {
    packages: ["next@16.4.6", "react@19.3.1", "react-dom@19.3.1"],
    files: [{
      name: "app/layout.js",
      code: `export default function Layout({ children }) {\n  return <html><body>{children}</body></html>;\n}`,
    }],
    commands: [["npx", "next", "build"]],
    output: ".next/server/app/index.html",
  },
  nuxt: {
    packages: [NODE, "nuxt@4.5.2"],
    files: [{ name: "nuxt.config.js", code: "export default { telemetry: false, compatibilityDate: '2026-01-01' };" }],
    commands: [["npx", "nuxt", "generate"]],
    output: ".output/public/index.html",
  },
  astro: {
    packages: [NODE, "astro@7.3.5"],
    files: [],
    commands: [["npx", "astro", "build"]],
    output: "dist/index.html",
  },
  python: {
    packages: [],
    files: [],
    commands: [
      ["python3", "-m", "venv", "venv"],
      ["venv/bin/pip", "install", "--quiet", "img-src==0.3.2"],
      ["venv/bin/python", "upload.py"],
    ],
    output: null,
  },
  rust: {
    packages: [],
    files: [{ name: "Cargo.toml", code: CARGO }],
    commands: [["cargo", "run", "--quiet"]],
    output: null,
  },
};

/** Runs a command to its end. @returns what it printed */
async function run(command: readonly string[], cwd: string, key: string): Promise<string> {
  const [program, ...args] = command;
  const env = {
    IMGSRC_KEY: key,
    CI: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    ASTRO_TELEMETRY_DISABLED: "1",
    NUXT_TELEMETRY_DISABLED: "1",
  };
  const options = { args, cwd, env, stdin: "null" } as const;
  const { success, stdout, stderr } = await new Deno.Command(program!, options).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`Command "${command.join(" ")}" failed:\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
}

async function write(folder: string, { name, code }: GuideFile): Promise<void> {
  const path = `${folder}/${name}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, code);
}

/** Addresses of the pages that a guide's project builds. */
async function built(folder: string, files: readonly GuideFile[], build: Build, key: string): Promise<string[]> {
  await write(folder, {
    name: "package.json",
    code: JSON.stringify({ name: "guide", private: true, type: undefined }),
  });
  for (const file of [...build.files, ...files]) await write(folder, file);
  await Deno.copyFile(SAMPLE, `${folder}/photo.jpg`);
  const install = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", ...build.packages];
  let page = "";
  for (const command of [...build.packages.length > 0 ? [install] : [], ...build.commands]) {
    page = await run(command, folder, key);
  }
  if (build.output !== null) page = await Deno.readTextFile(`${folder}/${build.output}`);
  return addressesIn(page.replaceAll("&amp;", "&"));
}

async function check(addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) throw new Error("No address came out");
  for (const address of addresses) {
    const response = await fetch(address);
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Address ${address} answers ${response.status}`);
  }
}

/** Builds a guide. @returns how many addresses were fetched */
async function tryGuide(id: GuideId, origin: string, key: string): Promise<number> {
  const guide = guidesAt({ origin, base: `${origin}/sample`, picture: "photo" }).find((one) => one.id === id)!;
  let count = 0;
  await withFolder(async (folder) => {
    const addresses = await built(folder, guide.files, BUILDS[id]!, key);
    await check(addresses);
    count = addresses.length;
  });
  return count;
}

if (import.meta.main) {
  const wanted = (Deno.args.length > 0 ? Deno.args : Object.keys(BUILDS)) as GuideId[];
  let failures = 0;
  await withFolder(async (folder) => {
    const server = await startServer({ DATA_DIR: `${folder}/data`, QUOTAS: "off" });
    const key = await Deno.readTextFile(`${folder}/data/first-key`);
    for (const id of wanted) {
      try {
        console.log(`${id}: built, ${await tryGuide(id, server.url, key)} addresses answer 200`);
      } catch (error) {
        failures++;
        console.error(`${id}: ${(error as Error).message}`);
      }
    }
    server.signal("SIGTERM");
    await server.ended;
  });
  Deno.exit(failures === 0 ? 0 : 1);
}
