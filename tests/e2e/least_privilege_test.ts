/** The server with its exact permissions: it works, connects nowhere, and its codec processes have none. */
import { GATE_HOST } from "../../routes/permissions.ts";
import { assert, assertEquals } from "@std/assert";
import { hasProgram } from "../doubles/has_program.ts";
import { withFolder } from "../doubles/server.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const HAS_STRACE = await hasProgram("strace", ["-V"]);
if (!HAS_STRACE) console.log("skipped: where the server connects to, since strace is not installed");

async function until<T>(what: string, find: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await find().catch(() => null);
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Waited 30 s in vain until ${what}`);
}

interface Note {
  readonly url: string;
  readonly pid: number;
}

async function uploadAndFetch(url: string, key: string): Promise<number[]> {
  const statuses: number[] = [];
  for (const name of ["sample.jpg", "icon.svg"]) {
    const body = new FormData();
    body.append("file", new File([await Deno.readFile(`${ROOT}static/${name}`)], name));
    const headers = { authorization: `Bearer ${key}` };
    const uploaded = await fetch(`${url}/api/v1/images`, { method: "POST", headers, body });
    await uploaded.body?.cancel();
    const stem = name.split(".")[0];
    const fetched = await fetch(`${url}/i/owner/${stem}.webp?w=60`);
    await fetched.body?.cancel();
    statuses.push(uploaded.status, fetched.status);
  }
  return statuses;
}

const argsOf = async (pid: number) => (await Deno.readTextFile(`/proc/${pid}/cmdline`)).split("\0");

Deno.test({
  name: "deno task start gives exact permissions; neither the server nor a codec process connects anywhere",
  ignore: !HAS_STRACE || Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const dataDir = `${folder}/data`;
      const trace = `${folder}/trace`;
      const strace = ["-f", "-qq", "-e", "trace=connect,sendto", "-o", trace];
      const child = new Deno.Command("strace", {
        args: [...strace, Deno.execPath(), "task", "start"],
        cwd: ROOT,
        env: { DATA_DIR: dataDir, PORT: "0", CODEC_PROCESSES: "1", LOG_FORMAT: "json" },
        stdout: "null",
        stderr: "null",
      }).spawn();
      const read = async () => JSON.parse(await Deno.readTextFile(`${dataDir}/server.json`)) as Note;
      const { url, pid } = await until("the server listens", read);
      const key = await until("the key is there", () => Deno.readTextFile(`${dataDir}/first-key`));
      assertEquals(await uploadAndFetch(url, key), [201, 200, 201, 200]);
      const given = (await argsOf(pid)).filter((arg) => arg.startsWith("--allow"));
      assertEquals(
        given.map((flag) => flag.split("=")[0]),
        ["net", "read", "write", "env", "run"].map((n) => `--allow-${n}`),
      );
      assert(given.every((flag) => flag.includes("=")), given.join(" "));
      const codecs = (await Deno.readTextFile(`${dataDir}/codec-pids`)).split("\n").map(Number);
      for (const codec of codecs) {
        const args = await argsOf(codec);
        assert(args.includes("--no-prompt") && !args.some((arg) => arg.startsWith("--allow")), args.join(" "));
      }
      Deno.kill(pid, "SIGTERM");
      await child.status;
      const calls = (await Deno.readTextFile(trace)).split("\n");
      // The gate passes what clients send to the server behind it: that is the program itself.
      const connects = calls.filter((line) => line.includes("connect(") && !line.includes(GATE_HOST));
      assertEquals(connects, [], "nobody is asked for anything, name servers included");
    }),
});
