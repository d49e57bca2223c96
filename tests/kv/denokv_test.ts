import { assert } from "@std/assert";
import { startDenokv } from "../servers/denokv.ts";

/** What the state layer promises, held by its own tests on the real server. */
const SUITES = [
  "api_keys",
  "derivative_rows",
  "image_lists",
  "image_paths",
  "images",
  "presets",
  "quota",
  "rate_limit",
  "sessions",
  "usage",
  "users",
].map((name) => `tests/kv/${name}_test.ts`);

Deno.test("the state layer's own tests pass on a real denokv", async () => {
  await using server = await startDenokv();
  if (server === null) return;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-prompt", "--no-check", "--allow-all", ...SUITES],
    env: { TEST_KV_URL: server.url, DENO_KV_ACCESS_TOKEN: server.accessToken, NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assert(success, `${text.decode(stdout)}\n${text.decode(stderr)}`);
});
