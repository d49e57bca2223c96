/** The program as its user starts, uses, stops and kills it. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { sha256Hex } from "../../kv/ids.ts";
import { codecPids, METRICS_TOKEN, metricsOf, until } from "../doubles/client.ts";
import { hasProgram } from "../doubles/has_program.ts";
import { runMain, startServer, type TestServer, withFolder } from "../doubles/server.ts";

const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);
const HAS_CURL = await hasProgram("curl", ["--version"]);
if (!HAS_CURL) console.log("skipped: the printed commands, since curl is not installed");

async function stop(server: TestServer): Promise<void> {
  server.signal("SIGTERM");
  assertEquals((await server.ended).code, 0, server.output());
}

async function upload(server: TestServer, key: string, path: string): Promise<Response> {
  const body = new FormData();
  body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
  body.append("path", path);
  return await fetch(`${server.url}/api/v1/images`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body,
  });
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => null);
  return stat !== null && !/\) Z /.test(stat);
}

/** Jobs that the codec processes were given so far, and those that wait for one. */
async function codecJobs(server: TestServer): Promise<number> {
  const metric = await metricsOf(server);
  return metric("imgsrc_codec_jobs_total") + metric("imgsrc_codec_queue_length");
}

Deno.test({
  name: "start makes a user, prints commands that work as pasted, and keeps everything when started again",
  ignore: !HAS_CURL,
  fn: () =>
    withFolder(async (folder) => {
      const dataDir = `${folder}/the owner's data`;
      const server = await startServer({ DATA_DIR: dataDir });
      const output = server.output();
      const key = await Deno.readTextFile(`${dataDir}/first-key`);
      assertMatch(key, /^imgsrc_[A-Za-z0-9]{48}$/);
      assert(!output.includes(key), "without a terminal the key is in a file only");
      const link = await Deno.readTextFile(`${dataDir}/first-sign-in`);
      assert(!output.includes(new URL(link).searchParams.get("token")!), "so is the link that signs in");
      for (const name of ["first-key", "first-sign-in"]) {
        assertEquals((await Deno.stat(`${dataDir}/${name}`)).mode! & 0o777, 0o600);
      }
      const commands = [...output.matchAll(/^ {2}(curl .*|.* open .*)$/gm)].map((m) => m[1]!);
      assertEquals(commands.length, 3, output);
      const paste = async (line: string) => {
        const script = line.replace(/^(deno|npx --yes deno@[\d.]+) task/, `"${Deno.execPath()}" task`)
          .replace("-o sample.webp", `-o ${folder}/sample.webp`);
        const { code, stdout, stderr } = await new Deno.Command("sh", { args: ["-c", script] }).output();
        assertEquals(code, 0, `${script}\n${new TextDecoder().decode(stderr)}`);
        return new TextDecoder().decode(stdout);
      };
      const uploaded = JSON.parse(await paste(commands[0]!));
      assertEquals([uploaded.is_new, uploaded.paths], [true, ["sample.jpg"]]);
      await paste(commands[1]!);
      const webp = await Deno.readFile(`${folder}/sample.webp`);
      assertEquals(new TextDecoder().decode(webp.slice(8, 12)), "WEBP");
      assertStringIncludes(await paste(commands[2]!), link);
      const signIn = await fetch(link, { redirect: "manual" });
      assertEquals([signIn.status, signIn.headers.get("location")], [303, "/images"]);
      const cookie = signIn.headers.get("set-cookie")!;
      assertStringIncludes(cookie, "HttpOnly");
      await signIn.body?.cancel();
      const page = await (await fetch(`${server.url}/images`, { headers: { cookie: cookie.split(";")[0]! } })).text();
      assertStringIncludes(page, "sample.jpg");
      const again = await fetch(link, { redirect: "manual" });
      assertEquals(again.status, 410, "the link works once");
      await again.body?.cancel();
      await stop(server);

      const second = await startServer({ DATA_DIR: dataDir });
      assert(!second.output().includes("API key"), second.output());
      const list = await fetch(`${second.url}/api/v1/images`, { headers: { authorization: `Bearer ${key}` } });
      assertEquals((await list.json()).total, 1);
      const picture = await fetch(`${second.url}/i/owner/sample.webp?w=800`);
      assertStringIncludes(picture.headers.get("server-timing")!, "store");
      assertEquals(await sha256Hex(new Uint8Array(await picture.arrayBuffer())), await sha256Hex(webp));
      await stop(second);
    }),
});

Deno.test("admin works on the same data with and without a running server", () =>
  withFolder(async (folder) => {
    const env = { DATA_DIR: `${folder}/data` };
    const admin = async (...args: string[]) => {
      const { code, stdout, stderr } = await runMain(["admin", ...args, "--json"], env);
      assertEquals(code, 0, stderr);
      return JSON.parse(stdout);
    };
    const made = await admin("user", "create", "--username", "Alice", "--email", "a@example.com", "--scopes", "read");
    assertEquals(Object.keys(made), ["user_id", "username", "plan", "api_key"]);
    assertEquals([made.username, made.plan], ["alice", "free"]);
    const server = await startServer(env);
    assert(!server.output().includes("API key"), "there is a user already");
    const status = async (key: string, method = "GET") => {
      const response = await fetch(`${server.url}/api/v1/images`, {
        method,
        headers: { authorization: `Bearer ${key}` },
      });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals([await status(made.api_key), await status(made.api_key, "POST")], [200, 403]);
    const bob = await admin("user", "create", "--username", "bob", "--plan", "pro");
    assertEquals([bob.plan, await status(bob.api_key)], ["pro", 200]);
    assertEquals((await admin("user", "list")).map((u: { username: string }) => u.username), ["alice", "bob"]);
    assertEquals((await admin("user", "plan", "alice", "pro")).plan, "pro");
    const key = await admin("key", "create", "bob", "--label", "CI", "--expires-in-days", "90");
    assertEquals(await status(key.api_key), 200);
    assertEquals((await admin("key", "revoke", "bob", key.id)).revoked, true);
    assertEquals(await status(key.api_key), 401);
    const { password } = await admin("user", "reset-password", "bob");
    const signIn = async (word: string) => {
      const body = new URLSearchParams({ username: "bob", password: word });
      const response = await fetch(`${server.url}/sign-in`, { method: "POST", body, redirect: "manual" });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals([await signIn("wrong"), await signIn(password)], [401, 303]);
    const failing = [
      ["user", "create", "--username", "alice"],
      ["user", "create", "--username", "a"],
      ["user", "create", "--username", "admin"],
      ["user", "plan", "bob", "gold"],
      ["user", "plan", "nobody", "pro"],
      ["key", "revoke", "bob", "nothing"],
      ["user", "fly"],
      ["user", "list", "--loud", "yes"],
    ];
    for (const args of failing) {
      const { code, stdout, stderr } = await runMain(["admin", ...args], env);
      assertEquals([code, stdout], [1, ""], `${args}: ${stdout}`);
      assert(stderr.length > 10 && !stderr.includes("    at "), `${args}: ${stderr}`);
    }
    await stop(server);
    assertEquals((await admin("user", "list")).map((u: { plan: string }) => u.plan), ["pro", "pro"]);
  }));

Deno.test("start reports every fault of the configuration at once, and --help prints it", async () => {
  const { code, stderr } = await runMain([], { PORT: "abc", LOG_FORMAT: "loud", PUBLIC_URL: "nowhere" });
  assertEquals(code, 1);
  for (const name of ["PORT", "LOG_FORMAT", "PUBLIC_URL"]) assertStringIncludes(stderr, name);
  const help = await runMain(["--help"], {});
  assertEquals(help.code, 0);
  for (const name of ["HOST", "PORT", "PUBLIC_URL", "CDN_URL", "DATA_DIR", "MAX_PIXELS"]) {
    assertStringIncludes(help.stdout, name);
  }
});

Deno.test("start says so when the port is taken", () =>
  withFolder(async (folder) => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { code, stderr } = await runMain([], { DATA_DIR: `${folder}/data`, PORT: String(taken.addr.port) });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "in use");
    taken.close();
  }));

Deno.test("SIGTERM finishes what runs, answers 503 to what comes, and leaves nothing behind", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    // More than a busy machine needs for the picture.
    const server = await startServer({ DATA_DIR: dataDir, SHUTDOWN_GRACE_MS: "60000", METRICS_TOKEN });
    const key = await Deno.readTextFile(`${dataDir}/first-key`);
    assertEquals((await upload(server, key, "p.jpg")).status, 201);
    const pids = await codecPids(dataDir);
    const before = await codecJobs(server);
    const running = fetch(`${server.url}/i/owner/p.avif?w=900`).then(async (
      r,
    ) => [r.status, (await r.arrayBuffer()).byteLength]);
    await until("the picture is being made", async () => await codecJobs(server) > before);
    server.signal("SIGTERM");
    const [status, length] = await running;
    assertEquals(status, 200);
    assert(length! > 1_000);
    assertEquals((await server.ended).code, 0, server.output());
    await until("codec processes are gone", async () => !(await Promise.all(pids.map(isAlive))).includes(true));
    const leftovers = (await Array.fromAsync(Deno.readDir(dataDir))).map((e) => e.name).sort();
    assert(!leftovers.includes("server.json"), leftovers.join());
  }));

Deno.test("the log has one line a request, and counters survive a shutdown", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir });
    const key = await Deno.readTextFile(`${dataDir}/first-key`);
    await (await upload(server, key, "p.jpg")).body?.cancel();
    const sizes = [];
    for (let n = 0; n < 2; n++) {
      const response = await fetch(`${server.url}/i/owner/p.jpg?w=64&token=secret-token`);
      sizes.push((await response.arrayBuffer()).byteLength);
    }
    await stop(server);
    const lines = server.output().slice(server.output().indexOf('{"time"')).trimEnd().split("\n");
    for (const line of lines) assert(line.startsWith("{") && line.endsWith("}"), `"${line}" is no JSON line`);
    const [posted, made, hit] = server.events("request");
    assertEquals([posted?.method, posted?.path, posted?.status], ["POST", "/api/v1/images", 201]);
    assertEquals([made?.path, made?.status, made?.cache, made?.bytes], ["/i/owner/p.jpg", 200, "made", sizes[0]]);
    assert(Number(made?.codec_ms) > 0 && Number(made?.ms) >= Number(made?.codec_ms));
    assert(hit?.cache === "memory" || hit?.cache === "store", String(hit?.cache));
    assert(new Set([posted?.id, made?.id, hit?.id]).size === 3);
    assert(!server.output().includes(key) && !server.output().includes("secret-token"));
    const kv = await Deno.openKv(`${dataDir}/kv.sqlite3`);
    const counted: Record<string, bigint> = {};
    for await (const entry of kv.list<Deno.KvU64>({ prefix: ["usage"] })) {
      const metric = String(entry.key[3]);
      // In two months, where this runs over the end of one.
      counted[metric] = (counted[metric] ?? 0n) + entry.value.value;
    }
    kv.close();
    const bandwidth = BigInt(sizes[0]! + sizes[1]!);
    const { bytes_saved: saved, ...rest } = counted;
    assert(saved! > 0n);
    assertEquals(rest, {
      api_requests: 1n,
      bandwidth_bytes: bandwidth,
      deliveries: 2n,
      transformations: 1n,
      uploads: 1n,
    });
  }));

Deno.test("SIGTERM answers 503 with Retry-After to what can't be finished in its grace, and cuts no body", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir, SHUTDOWN_GRACE_MS: "800", METRICS_TOKEN });
    const key = await Deno.readTextFile(`${dataDir}/first-key`);
    await (await upload(server, key, "p.jpg")).body?.cancel();
    const before = await codecJobs(server);
    const jobs = Array.from({ length: 12 }, async (_, n) => {
      const response = await fetch(`${server.url}/i/owner/p.avif?w=${1590 + n}`);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const isWhole = bytes.length === Number(response.headers.get("content-length"));
      return { status: response.status, retryAfter: response.headers.get("retry-after"), isWhole };
    });
    await until("all twelve are there", async () => await codecJobs(server) >= before + 12);
    server.signal("SIGTERM");
    const answers = await Promise.all(jobs);
    assertEquals(answers.filter((a) => a.status !== 200 && a.status !== 503), []);
    const refused = answers.filter((a) => a.status === 503);
    assert(refused.length > 0, "twelve large AVIFs do not fit into 0.8 s");
    assert(refused.every((a) => a.retryAfter !== null));
    assert(answers.every((a) => a.isWhole));
    assertEquals((await server.ended).code, 0, server.output());
  }));

Deno.test("kill -9 of the server leaves no codec process behind, and nothing acknowledged is lost", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir, METRICS_TOKEN });
    const key = await Deno.readTextFile(`${dataDir}/first-key`);
    assertEquals((await upload(server, key, "p.jpg")).status, 201);
    const before = await codecJobs(server);
    // A process in the middle of a job does not see the end of its input.
    const cut = fetch(`${server.url}/i/owner/p.jxl?w=1600`).then((r) => r.body?.cancel(), () => {});
    await until("the picture is being made", async () => await codecJobs(server) > before);
    await until("there is a spare", async () => (await codecPids(dataDir)).length >= 2);
    const pids = await codecPids(dataDir);
    server.signal("SIGKILL");
    await server.ended;
    await cut;
    await until("codec processes are gone", async () => !(await Promise.all(pids.map(isAlive))).includes(true));
    const second = await startServer({ DATA_DIR: dataDir });
    const response = await fetch(`${second.url}/i/owner/p.jpg`);
    assertEquals(
      await sha256Hex(new Uint8Array(await response.arrayBuffer())),
      await sha256Hex(await Deno.readFile(SAMPLE)),
    );
    await stop(second);
  }));

/** Field 19 of a process's stat, behind its name; null where there is no such thing. */
async function niceOf(pid: number): Promise<number | null> {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => null);
  return text === null ? null : Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16]);
}

Deno.test({
  name: "codec processes stand back for the server",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (dataDir) => {
      const server = await startServer({ DATA_DIR: dataDir });
      const own = (await niceOf(server.pid))!;
      await until("codec processes have a higher nice value", async () => {
        const nices = await Promise.all((await codecPids(dataDir)).map(niceOf));
        return nices.length > 1 && nices.every((nice) => nice !== null && nice > own);
      });
      await stop(server);
    }),
});

Deno.test("start reaps codec processes that an earlier run left, and nobody else's", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    await Deno.mkdir(dataDir);
    const leftover = new Deno.Command("sh", { args: ["-c", "exec sleep 60", "codec/process.ts"] }).spawn();
    const disguised = new Deno.Command(Deno.execPath(), {
      args: ["eval", "await new Promise(r => setTimeout(r, 60000)) // codec/process.ts"],
    }).spawn();
    await until(
      "the process runs",
      async () =>
        (await Deno.readTextFile(`/proc/${disguised.pid}/cmdline`).catch(() => "")).includes("codec/process.ts"),
    );
    await Deno.writeTextFile(`${dataDir}/codec-pids`, `${disguised.pid}\n${leftover.pid}\n999999`);
    const server = await startServer({ DATA_DIR: dataDir });
    assertEquals((await disguised.status).signal, "SIGKILL");
    assertEquals(server.events("reaped")[0]?.pids, [disguised.pid]);
    assert(await isAlive(leftover.pid), "another program with a pid of the file is left alone");
    leftover.kill("SIGKILL");
    await leftover.status;
    await stop(server);
  }));

Deno.test("a second server on the same data says so, ends, and does the first no harm", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir });
    const pids = await codecPids(dataDir);
    const { code, stderr } = await runMain([], { DATA_DIR: dataDir });
    assertEquals(code, 1);
    assertStringIncludes(stderr, `Another server works on ${dataDir}`);
    for (const pid of pids) assert(await isAlive(pid), `codec process ${pid} lives`);
    const note = JSON.parse(await Deno.readTextFile(`${dataDir}/server.json`));
    assertEquals(note.pid, server.pid);
    server.signal("SIGKILL");
    await server.ended;
    let asked = 0;
    const stranger = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      asked++;
      return new Response("Who is there?", { status: 501 });
    });
    const left = { url: `http://127.0.0.1:${stranger.addr.port}`, pid: server.pid };
    await Deno.writeTextFile(`${dataDir}/server.json`, JSON.stringify(left));
    const listed = await runMain(["admin", "user", "list", "--json"], { DATA_DIR: dataDir });
    assertEquals([JSON.parse(listed.stdout)[0].username, asked], ["owner", 0], listed.stderr);
    await stranger.shutdown();
    await stop(await startServer({ DATA_DIR: dataDir }));
  }));

Deno.test("a body of 1 GB is refused without being read", () =>
  withFolder(async (folder) => {
    const dataDir = `${folder}/data`;
    const server = await startServer({ DATA_DIR: dataDir });
    const key = await Deno.readTextFile(`${dataDir}/first-key`);
    const { hostname, port } = new URL(server.url);
    const connection = await Deno.connect({
      hostname: hostname === "localhost" ? "127.0.0.1" : hostname,
      port: Number(port),
    });
    const head = `POST /api/v1/images HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
      "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n";
    await connection.write(new TextEncoder().encode(head));
    const block = new Uint8Array(64 * 1024 + 10);
    block.set(new TextEncoder().encode("10000\r\n"));
    block.set(new TextEncoder().encode("\r\n"), 7 + 65_536);
    const chunk = block.slice(0, 7 + 65_536 + 2);
    let sent = 0;
    const answer = (async () => {
      const buffer = new Uint8Array(4096);
      const read = await connection.read(buffer);
      return new TextDecoder().decode(buffer.slice(0, read ?? 0));
    })();
    let isAnswered = false;
    answer.then(() => isAnswered = true, () => isAnswered = true);
    while (!isAnswered && sent < 1024 ** 3) {
      try {
        for (let at = 0; at < chunk.length;) at += await connection.write(chunk.subarray(at));
        sent += chunk.length;
      } catch {
        break;
      }
    }
    assertMatch(await answer, /^HTTP\/1\.1 400 [\s\S]*INVALID_FILE/);
    assert(sent < 64 * 1024 * 1024, `${sent} bytes were taken before the answer`);
    connection.close();
    await stop(server);
  }));

for (const point of ["key", "file"]) {
  Deno.test(`a first start that is killed before the ${point} is gone on with, and the next start says nothing`, () =>
    withFolder(async (folder) => {
      const env = { DATA_DIR: folder };
      const preload = new URL("kill_first_start.ts", import.meta.url);
      await assertRejects(() => startServer({ ...env, KILL_AT: point }, preload));
      const keyFile = `${folder}/first-key`;
      assertEquals(await Deno.stat(keyFile).catch(() => null), null);
      const second = await startServer(env);
      const key = await Deno.readTextFile(keyFile);
      assertEquals((await upload(second, key, "a.jpg")).status, 201);
      await stop(second);
      await Deno.remove(keyFile);
      const third = await startServer(env);
      assertEquals(await Deno.stat(keyFile).catch(() => null), null);
      assert(!third.output().includes("API key"), third.output());
      await stop(third);
    }));
}
