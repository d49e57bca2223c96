import { assertEquals } from "@std/assert";
import { startDenokv } from "../servers/denokv.ts";

/** What the state layer promises, held by its own tests on the real server; the longest first. */
const SUITES = [
  "images",
  "image_lists",
  "image_paths",
  "derivative_rows",
  "rate_limit",
  "usage",
  "quota",
  "presets",
  "api_keys",
  "sessions",
  "users",
];
/** They wait for their server most of the time. */
const AT_ONCE = 4;

/** Runs the tests of one file on a server of its own. @returns what it printed, where it failed */
async function failureOf(suite: string): Promise<string | null> {
  await using server = await startDenokv();
  if (server === null) return null;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-prompt", "--no-check", "--allow-all", `tests/kv/${suite}_test.ts`],
    env: { TEST_KV_URL: server.url, DENO_KV_ACCESS_TOKEN: server.accessToken, NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  return success ? null : `${suite}:\n${text.decode(stdout)}\n${text.decode(stderr)}`;
}

Deno.test("the state layer's own tests pass on a real denokv", async () => {
  const [left, failures] = [SUITES.values(), [] as string[]];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const suite of left) failures.push(...[await failureOf(suite)].filter((failure) => failure !== null));
  }));
  assertEquals(failures, []);
});
