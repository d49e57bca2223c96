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

/**
 * @param folder for its data and its log
 * @param settings environment beside the defaults; with KV_URL the folder is that of a service of many instances
 * @param number of the instance
 */
export async function startOurServer(
  folder: string,
  settings: Record<string, string> = {},
  number = 0,
): Promise<OurServer> {
  const dataDir = `${folder}/data`;
  const isShared = "KV_URL" in settings;
  const place = isShared ? `${dataDir}/shared` : dataDir;
  const logPath = `${folder}/server-${number}.log`;
  const env = { DATA_DIR: dataDir, PORT: "0", LOG_FORMAT: "json", ...settings };
  const command = [Deno.execPath(), "run", "--no-prompt", ...PERMISSIONS, MAIN];
  const child = await startChild(command, logPath, env, async () => {
    const lines = (await Deno.readTextFile(logPath)).split("\n").filter((line) => line.startsWith("{"));
    const listening = lines.map((line) => JSON.parse(line)).find(({ event }) => event === "listening");
    return listening === undefined ? null : String(listening.url).replace("localhost", "127.0.0.1");
  });
  const key = (await Deno.readTextFile(`${place}/first-key`)).trim();
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
