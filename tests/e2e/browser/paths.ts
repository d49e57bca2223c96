/**
 * Every page, and what its owner has on it.
 *
 * @module
 */
import { runMain } from "../../doubles/server.ts";
import type { Site } from "./browser.ts";

/** For anybody. */
export const OPEN_PAGES = [
  "/",
  "/pricing",
  "/docs",
  "/docs/api",
  "/about",
  "/terms-of-service",
  "/privacy-policy",
  "/sign-in",
  "/sign-up",
] as const;
/** For people who are signed in. */
export const OWN_PAGES = ["/images", "/publish", "/usage", "/settings"] as const;

const SAMPLE = new URL("../../../static/sample.jpg", import.meta.url);

/** Calls the API as the first start's user. */
export async function asOwner(site: Site, path: string, init: RequestInit = {}): Promise<Response> {
  const key = await site.firstKey();
  const headers = { authorization: `Bearer ${key}`, ...init.headers };
  return await fetch(site.url + path, { ...init, headers });
}

/** Gives the first user a picture, a preset and some traffic, so that no page is empty. */
export async function prepareOwner(site: Site) {
  const body = new FormData();
  body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
  body.append("path", "holidays/mountains.jpg");
  const { id } = await (await asOwner(site, "/api/v1/images", { method: "POST", body })).json();
  const preset = { name: "card", description: "For lists", params: { w: 400, h: 300, fit: "cover" } };
  await (await asOwner(site, "/api/v1/settings/presets", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(preset),
  })).body?.cancel();
  for (const width of [120, 240, 480]) {
    await (await fetch(`${site.url}/i/owner/holidays/mountains.webp?w=${width}`)).arrayBuffer();
  }
  return { id: String(id), pages: [`/images/${id}`], signInLink: () => signInLink(site) };
}

/** A link that signs the first user in once more. */
export async function signInLink(site: Site): Promise<string> {
  const { stdout, stderr } = await runMain(["admin", "user", "sign-in-link", "owner"], site.env);
  const link = /https?:\/\/\S+/.exec(stdout)?.[0];
  if (link === undefined) throw new Error(`No link came: ${stdout} ${stderr}`);
  return link;
}
