/** Sign-in with the real program: tokens outlive a restart, and its key set is enough to check them elsewhere. */
import { assertEquals } from "@std/assert";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { startServer, withFolder } from "../doubles/server.ts";

Deno.test("a token of one start is good after the next, and anybody can check it by the published keys", () =>
  withFolder(async (folder) => {
    const env = { DATA_DIR: `${folder}/data`, PUBLIC_URL: "http://img.example.com" };
    const first = await startServer(env);
    // Its own note, since the log tells the public address.
    const localUrl = async (): Promise<string> => JSON.parse(await Deno.readTextFile(`${folder}/data/server.json`)).url;
    const body = JSON.stringify({ username: "john", email: "john@example.com", password: "correct horse" });
    const made = await fetch(`${await localUrl()}/api/v1/auth/sign-up`, { method: "POST", body });
    assertEquals(made.status, 201);
    const { token, user_id } = await made.json();
    first.signal("SIGTERM");
    await first.ended;
    const second = await startServer(env);
    const url = await localUrl();
    const settings = await fetch(`${url}/api/v1/settings`, { headers: { authorization: `Bearer ${token}` } });
    assertEquals((await settings.json()).settings.username, "john");
    const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys, { issuer: "http://img.example.com", audience: "imgsrc" });
    assertEquals([payload.sub, payload["username"]], [user_id, "john"]);
    second.signal("SIGTERM");
    assertEquals((await second.ended).code, 0);
  }));
