/**
 * `deno task guides`: builds each guide of the documentation with its framework from npm, in a temporary folder, and
 * fetches every address that comes out of it. Takes minutes and some hundred MB, so CI leaves it out.
 *
 *     deno task guides               all of them
 *     deno task guides react next    some
 *
 * @module
 */
import { addressesIn, type GuideFile, type GuideId, guidesAt } from "../../routes/dashboard/_docs/guides.ts";
import { startServer, withFolder } from "../doubles/server.ts";

interface Build {
  readonly packages: readonly string[];
  /** What a project has beside the guide's own files. */
  readonly files: readonly GuideFile[];
  readonly commands: readonly (readonly string[])[];
  /** Where the pages that came out are, or what prints them. */
  readonly output: string;
}

/** The Node that the newest ones ask for, from npm too: `npx` takes the project's own before the machine's. */
const NODE = "node@22";

const VITE = `import react from "@vitejs/plugin-react";
export default { plugins: [react()], build: { ssr: "src/print.jsx", rollupOptions: { output: { entryFileNames: "print.mjs" } } } };`;
const PRINT = `import { renderToString } from "react-dom/server";
import { writeFileSync } from "node:fs";
import App from "./App.jsx";
writeFileSync("page.html", renderToString(<App />));`;

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
};

async function run(command: readonly string[], cwd: string): Promise<void> {
  const [program, ...args] = command;
  const env = { CI: "1", NEXT_TELEMETRY_DISABLED: "1", ASTRO_TELEMETRY_DISABLED: "1", NUXT_TELEMETRY_DISABLED: "1" };
  const options = { args, cwd, env, stdin: "null" } as const;
  const { success, stdout, stderr } = await new Deno.Command(program!, options).output();
  if (success) return;
  const decoder = new TextDecoder();
  throw new Error(`Command "${command.join(" ")}" failed:\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
}

async function write(folder: string, { name, code }: GuideFile): Promise<void> {
  const path = `${folder}/${name}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, code);
}

/** Addresses of the pages that a guide's project builds. */
async function built(folder: string, files: readonly GuideFile[], build: Build): Promise<string[]> {
  await write(folder, {
    name: "package.json",
    code: JSON.stringify({ name: "guide", private: true, type: undefined }),
  });
  for (const file of [...build.files, ...files]) await write(folder, file);
  await run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", ...build.packages], folder);
  for (const command of build.commands) await run(command, folder);
  const page = await Deno.readTextFile(`${folder}/${build.output}`);
  return addressesIn(page.replaceAll("&amp;", "&"));
}

async function check(addresses: readonly string[]): Promise<void> {
  if (addresses.length < 2) throw new Error(`Page has too few addresses: ${addresses.join(", ")}`);
  for (const address of addresses) {
    const response = await fetch(address);
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Address ${address} answers ${response.status}`);
  }
}

/** Builds a guide. @returns how many addresses were fetched */
async function tryGuide(id: GuideId, origin: string): Promise<number> {
  const guide = guidesAt({ origin, base: `${origin}/sample`, picture: "photo" }).find((one) => one.id === id)!;
  let count = 0;
  await withFolder(async (folder) => {
    const addresses = await built(folder, guide.files, BUILDS[id]!);
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
    for (const id of wanted) {
      try {
        console.log(`${id}: built, ${await tryGuide(id, server.url)} addresses answer 200`);
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
