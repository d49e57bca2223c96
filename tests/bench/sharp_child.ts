/**
 * Starts sharp_server.mjs under Node, with sharp installed into a folder of its own.
 *
 * @module
 */
import sharp from "sharp";
import { type Child, originInLog, startChild } from "./children.ts";
import type { Photo } from "./photos.ts";

const SCRIPT = new URL("./sharp_server.mjs", import.meta.url);

/** A running peer. */
export interface SharpServer extends Child {
  /** Puts an original where the server finds it; gives its path without extension. */
  add(photo: Photo): Promise<string>;
}

/** Makes a folder in which Node finds sharp, of the version that this process has. */
export async function installSharp(folder: string): Promise<void> {
  const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", `sharp@${sharp.versions.sharp}`];
  const { success, stderr } = await new Deno.Command("npm", { args, stdout: "null" }).output();
  if (!success) throw new Error(`npm install failed: ${new TextDecoder().decode(stderr)}`);
}

/** @param folder one that {@linkcode installSharp} made; takes the originals too */
export async function startSharpServer(folder: string): Promise<SharpServer> {
  await Deno.copyFile(SCRIPT, `${folder}/sharp_server.mjs`);
  const logPath = `${folder}/sharp.log`;
  const command = ["node", `${folder}/sharp_server.mjs`, folder];
  const child = await startChild(command, logPath, {}, originInLog(logPath));
  return {
    ...child,
    async add(photo) {
      const name = photo.name.replaceAll(" ", "-");
      await Deno.writeFile(`${folder}/${name}.jpg`, photo.bytes);
      return `/${name}`;
    },
  };
}
