/** T20, T21, F13, F14: clients that send too much, too slowly, or go away, at the real program. */
import { assert, assertEquals } from "@std/assert";
import { fixture } from "../doubles/app.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { percentile } from "./corpus_over_http.ts";
import { type Measure, testRow } from "./test_row.ts";

const LOAD = Deno.env.get("SOAK") === "1" ? 2_000 : 400;
const encode = (text: string) => new TextEncoder().encode(text);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface World {
  readonly server: TestServer;
  readonly port: number;
  readonly key: string;
  connect(): Promise<Deno.TcpConn>;
}

async function withServer(run: (world: World) => Promise<void>, env: Record<string, string> = {}): Promise<void> {
  await withFolder(async (folder) => {
    const server = await startServer({ DATA_DIR: folder, QUOTAS: "off", ...env });
    const port = Number(new URL(server.url).port);
    const open: Deno.TcpConn[] = [];
    try {
      await run({
        server,
        port,
        key: await Deno.readTextFile(`${folder}/first-key`),
        async connect() {
          const conn = await Deno.connect({ hostname: "127.0.0.1", port });
          open.push(conn);
          return conn;
        },
      });
    } finally {
      for (const conn of open) {
        try {
          conn.close();
        } catch { /* closed by the test */ }
      }
      server.signal("SIGTERM");
      await server.ended;
    }
  });
}

/** Ms until the other side closes; what it said is dropped. */
async function closedAfter(conn: Deno.TcpConn, startMs: number): Promise<number> {
  const buffer = new Uint8Array(4_096);
  try {
    while (await conn.read(buffer) !== null);
  } catch { /* reset */ }
  return performance.now() - startMs;
}

async function upload({ server, key }: World, name: string): Promise<string> {
  const form = new FormData();
  form.append("file", new File([await fixture("sample.jpg")], name));
  const headers = { authorization: `Bearer ${key.trim()}` };
  const response = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers, body: form });
  assertEquals(response.status, 201, await response.clone().text());
  await response.body?.cancel();
  return `${server.url}/i/owner/${name.replace(/\..*/, "")}.webp?w=200`;
}

async function p99(url: string, count: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    const response = await fetch(url);
    await response.body?.cancel();
    assertEquals(response.status, 200);
    times.push(performance.now() - start);
  }
  return percentile(times, 0.99);
}

testRow("T21", `${LOAD} connections with half a head each`, (measure) =>
  withServer(async (world) => {
    const url = await upload(world, "s.jpg");
    await p99(url, 50);
    const quiet = await p99(url, 300);
    const startMs = performance.now();
    const conns = await Promise.all(Array.from({ length: LOAD }, () => world.connect()));
    await Promise.all(conns.map((conn) => conn.write(encode("GET / HTTP/1.1\r\nHost: x\r\n"))));
    const trickling = setInterval(() => {
      for (const conn of conns) conn.write(encode("A")).catch(() => {});
    }, 1_000);
    const beside = await p99(url, 300);
    const closed = await Promise.all(conns.map((conn) => closedAfter(conn, startMs)));
    clearInterval(trickling);
    const last = Math.max(...closed);
    assert(last < 60_000, `last closed after ${last} ms`);
    measure(
      `${LOAD} slow heads: hits p99 ${quiet.toFixed(1)} ms quiet, ${beside.toFixed(1)} ms beside; ` +
        `closed after ${(Math.min(...closed) / 1e3).toFixed(1)}–${(last / 1e3).toFixed(1)} s`,
    );
  }));

testRow("F14", "a reader of a byte now and then, and one that never reads", (measure) =>
  withServer(async (world) => {
    const url = await upload(world, "s.jpg");
    const path = new URL(url.replace(".webp?w=200", ".png?w=1600&q=100")).pathname + "?w=1600";
    const whole = await (await fetch(`${world.server.url}${path}`)).bytes();
    const asking = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const conns = await Promise.all([world.connect(), world.connect()]);
    const startMs = performance.now();
    // Asked for again and again, so that the kernel's buffers are full.
    for (const conn of conns) for (let n = 0; n < 12; n++) await conn.write(encode(asking));
    const byte = new Uint8Array(1);
    let isOpen = true;
    const dripping = (async () => {
      try {
        while (isOpen && await conns[0]!.read(byte) !== null) await pause(1_000);
      } catch { /* reset */ }
    })();
    const stalled = async () => {
      for (let waited = 0; waited < 90_000; waited += 500) {
        await pause(500);
        const open = await Promise.all(conns.map((conn) => isOpenAtServer(world, conn)));
        if (!open.includes(true)) return performance.now() - startMs;
      }
      return Infinity;
    };
    assert(await isOpenAtServer(world, conns[0]!));
    const after = await stalled();
    isOpen = false;
    await dripping;
    assert(after < 90_000, "slow readers were not closed");
    const again = await (await fetch(`${world.server.url}${path}`)).bytes();
    assertEquals(again.length, whole.length);
    measure(`2 slow readers of ${whole.length} bytes closed after ${(after / 1e3).toFixed(1)} s`);
  }));

const hexPort = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");

/** Whether the server's side of a connection is open, by the kernel's word. */
async function isOpenAtServer({ port }: World, conn: Deno.TcpConn): Promise<boolean> {
  const ends = new RegExp(`^ *\\d+: \\w+:${hexPort(port)} \\w+:${hexPort(conn.localAddr.port)} 01 `, "m");
  return ends.test(await Deno.readTextFile("/proc/net/tcp"));
}

testRow(
  "T20",
  "one byte too many, false lengths, endless chunks, a thousand parts, huge heads",
  (measure) =>
    withServer(async (world) => {
      const max = 5 * 1024 * 1024;
      const auth = `Authorization: Bearer ${world.key.trim()}\r\n`;
      const head = (more: string) =>
        `POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\n${auth}Content-Type: multipart/form-data; boundary=b\r\n${more}\r\n`;
      const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
      const large = async (conn: Deno.TcpConn, bytes: number, isChunked: boolean) => {
        const piece = new Uint8Array(65_536);
        let sent = 0;
        try {
          for (; sent < bytes; sent += piece.length) {
            if (isChunked) await conn.write(encode("10000\r\n"));
            for (let at = 0; at < piece.length;) at += await conn.write(piece.subarray(at));
            if (isChunked) await conn.write(encode("\r\n"));
          }
        } catch { /* the server has closed */ }
        return sent;
      };
      const answerOf = async (conn: Deno.TcpConn) => {
        const buffer = new Uint8Array(4_096);
        const count = await conn.read(buffer).catch(() => null);
        return count === null ? "closed" : new TextDecoder().decode(buffer.subarray(0, count)).split("\r\n")[0]!;
      };
      const cases: [string, (conn: Deno.TcpConn, measure: Measure) => Promise<unknown>, RegExp][] = [
        ["declared too long", (conn) => conn.write(encode(head(`Content-Length: ${max + 70_000}\r\n`))), /40[08]|413/],
        ["endless chunks", async (conn) => {
          await conn.write(encode(head("Transfer-Encoding: chunked\r\n")));
          await conn.write(encode(`${part.length.toString(16)}\r\n${part}\r\n`));
          await large(conn, 4 * max, true);
        }, /400|closed/],
        ["longer than declared", (conn) => conn.write(encode(`${head("Content-Length: 5\r\n")}${part}${part}`)), /400/],
        ["two lengths", (conn) => conn.write(encode(head("Content-Length: 5\r\nContent-Length: 6\r\n"))), /400|closed/],
        ["no number", (conn) => conn.write(encode(head("Content-Length: 5x\r\n"))), /400|closed/],
        ["a head of 600 KB", async (conn) => {
          await conn.write(encode("GET / HTTP/1.1\r\nHost: x\r\n"));
          for (let n = 0; n < 60; n++) await conn.write(encode(`X-${n}: ${"y".repeat(10_000)}\r\n`)).catch(() => {});
          await conn.write(encode("\r\n")).catch(() => {});
        }, /431|400|closed/],
        ["a thousand parts", async (conn) => {
          const parts = Array.from(
            { length: 1_000 },
            (_, n) => `--b\r\nContent-Disposition: form-data; name="f${n}"\r\n\r\nx\r\n`,
          ).join("");
          const body = `${parts}--b--\r\n`;
          await conn.write(encode(head(`Content-Length: ${body.length}\r\n`)));
          for (let rest = encode(body); rest.length > 0;) rest = rest.subarray(await conn.write(rest));
        }, /400/],
      ];
      for (const [name, send, expected] of cases) {
        const conn = await world.connect();
        await Promise.resolve(send(conn, measure)).catch(() => {});
        const answer = await answerOf(conn);
        assert(expected.test(answer), `${name}: ${answer}`);
      }
      const alive = await fetch(`${world.server.url}/health`);
      assertEquals(alive.status, 200);
      await alive.body?.cancel();
      measure(`${cases.length} bad bodies and heads: each a 4xx or closed, the server goes on`);
    }),
);

testRow("F13", "uploads and downloads that break off anywhere", (measure) =>
  withServer(async (world) => {
    const url = await upload(world, "s.jpg");
    const descriptors = async () => (await Array.fromAsync(Deno.readDir(`/proc/${world.server.pid}/fd`))).length;
    await p99(url, 50);
    const before = await descriptors();
    const bytes = await fixture("sample.jpg");
    const count = LOAD / 2;
    for (let n = 0; n < count; n++) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: world.port });
      const form = `--b\r\nContent-Disposition: form-data; name="file"; filename="a${n}.jpg"\r\n\r\n`;
      const head = `POST /api/v1/images HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.key.trim()}\r\n` +
        `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${bytes.length + 200}\r\n\r\n${form}`;
      if (n % 2 === 0) {
        await conn.write(encode(head));
        await conn.write(bytes.subarray(0, Math.floor(bytes.length * (n / count))));
      } else {
        await conn.write(encode(`GET /i/owner/s.png?w=${n + 100} HTTP/1.1\r\nHost: x\r\n\r\n`));
        if (n % 3 === 0) await pause(20);
      }
      conn.close();
    }
    let after = Infinity;
    for (let tries = 0; tries < 100 && after > before + 8; tries++) {
      await pause(200);
      after = await descriptors();
    }
    assert(after <= before + 8, `${before} descriptors before, ${after} after`);
    assertEquals((await fetch(url)).status, 200);
    measure(`${count} broken off: ${before} file descriptors before, ${after} after`);
  }));
