/**
 * The real server on an empty data folder.
 *
 * @module
 */
import { type Child, startChild } from "./children.ts";
import type { Photo } from "./photos.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const PERMISSIONS = ["net", "read", "write", "env", "sys", "run"].map((name) => `--allow-${name}`);

/** A running server with its first user's key. */
export interface OurServer extends Child {
  /** Uploads a photo; gives the delivery path of its derivatives, without extension. */
  upload(photo: Photo): Promise<string>;
}

/** @param folder for its data and its log @param settings environment beside the defaults */
export async function startOurServer(folder: string, settings: Record<string, string> = {}): Promise<OurServer> {
  const dataDir = `${folder}/data`;
  const env = { DATA_DIR: dataDir, PORT: "0", LOG_FORMAT: "json", ...settings };
  const command = [Deno.execPath(), "run", "--no-prompt", ...PERMISSIONS, MAIN];
  const child = await startChild(command, `${folder}/server.log`, env, async () => {
    // The key comes after the note with the address.
    await Deno.stat(`${dataDir}/first-key`);
    return JSON.parse(await Deno.readTextFile(`${dataDir}/server.json`)).url as string;
  });
  const key = (await Deno.readTextFile(`${dataDir}/first-key`)).trim();
  return {
    ...child,
    async upload(photo) {
      const name = `${photo.name.replaceAll(" ", "-")}.jpg`;
      const body = new FormData();
      body.set("file", new File([photo.bytes], name));
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(`${child.origin}/api/v1/images`, { method: "POST", headers, body });
      if (response.status !== 201) throw new Error(`Upload answered ${response.status}: ${await response.text()}`);
      await response.body?.cancel();
      return `/i/owner/${name.slice(0, -".jpg".length)}`;
    },
  };
}
