/** The gate on real sockets, with a clock of the test's own. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Front, type FrontDeps, openGatedFront } from "../../routes/front.ts";
import type { Again, GateBounds } from "../../routes/gate.ts";

const BOUNDS: GateBounds = { maxConnections: 8, headMs: 10_000, idleMs: 75_000, writeMs: 20_000 };
const LARGE_BYTES = 8 * 1024 * 1024;
const HEAD = "GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n";

interface World {
  readonly front: Front;
  readonly addresses: string[];
  /** Moves the clock and waits until the gate has looked. */
  pass(ms: number): Promise<void>;
  connect(): Promise<Deno.TcpConn>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function withFront(
  run: (world: World) => Promise<void>,
  more: Partial<GateBounds> = {},
  again?: Again,
): Promise<void> {
  let nowMs = 0;
  const addresses: string[] = [];
  const deps: FrontDeps = {
    serve: (where, handler) => Deno.serve({ ...where, onListen: () => {} }, handler),
    listen: (where) => Deno.listen(where),
    connect: (where) => Deno.connect(where),
    monotonicMs: () => nowMs,
  };
  const front = openGatedFront(
    deps,
    { hostname: "127.0.0.1", port: 0 },
    { ...BOUNDS, ...more },
    async (request, from) => {
      addresses.push(from ?? "");
      const { pathname } = new URL(request.url);
      if (pathname === "/large") return new Response(new Uint8Array(LARGE_BYTES));
      if (pathname === "/echo") return new Response(await request.bytes());
      if (pathname === "/slow") await pause(300);
      if (pathname === "/stream") return new Response(new Blob(["ok"]).stream());
      return new Response("ok");
    },
    again,
  );
  const open: Deno.TcpConn[] = [];
  try {
    await run({
      front,
      addresses,
      async connect() {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port: front.port });
        open.push(conn);
        return conn;
      },
      async pass(ms) {
        await pause(50);
        nowMs += ms;
        await pause(1_100);
      },
    });
  } finally {
    for (const conn of open) {
      try {
        conn.close();
      } catch { /* closed by the test */ }
    }
    await front.shutdown();
  }
}

const write = (conn: Deno.TcpConn, text: string) => conn.write(new TextEncoder().encode(text));

/** Everything until the other side closes. */
async function rest(conn: Deno.TcpConn): Promise<string> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  try {
    for (let count; (count = await conn.read(buffer)) !== null;) parts.push(buffer.slice(0, count));
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  return await new Blob(parts as Uint8Array<ArrayBuffer>[]).text();
}

async function some(conn: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  const count = await conn.read(buffer);
  return count === null ? "" : new TextDecoder().decode(buffer.subarray(0, count));
}

Deno.test("the gate passes requests and answers, many on one connection, with the client's own address", () =>
  withFront(async ({ front, addresses }) => {
    const url = `http://127.0.0.1:${front.port}`;
    for (let n = 0; n < 5; n++) assertEquals(await (await fetch(`${url}/small`)).text(), "ok");
    assertEquals((await (await fetch(`${url}/large`)).bytes()).length, LARGE_BYTES);
    const body = crypto.getRandomValues(new Uint8Array(60_000));
    assertEquals(await (await fetch(`${url}/echo`, { method: "POST", body })).bytes(), body);
    assertEquals(new Set(addresses), new Set(["127.0.0.1"]));
  }));

Deno.test("the gate closes half a head with 408, however its bytes trickle, and a silent connection", () =>
  withFront(async ({ front, connect, pass }) => {
    const [half, trickle, silent] = [await connect(), await connect(), await connect()];
    await write(half, "GET / HTTP/1.1\r\nHost: x\r\n");
    await write(trickle, "GET / HTTP/1.1\r\n");
    await pass(6_000);
    await write(trickle, "A: b\r\n");
    assertEquals(front.gateStats()!.open, 3);
    await pass(5_000);
    for (const conn of [half, trickle]) assertMatch(await rest(conn), /^HTTP\/1\.1 408 /);
    assertMatch(await rest(silent), /^HTTP\/1\.1 408 /);
    assertEquals(front.gateStats(), { open: 0, refused: 0, closed: 3 });
  }));

Deno.test("the gate leaves an answered connection open until it has been idle for long", () =>
  withFront(async ({ connect, pass }) => {
    const conn = await connect();
    await write(conn, HEAD);
    assertMatch(await some(conn), /200 OK/);
    await pass(60_000);
    await write(conn, HEAD);
    assertMatch(await some(conn), /200 OK/);
    await pass(60_000);
    await write(conn, "GET /sm");
    await pass(11_000);
    assertMatch(await rest(conn), /^HTTP\/1\.1 408 /, "a second head that stalls");
    const idle = await connect();
    await write(idle, HEAD);
    await some(idle);
    await pass(76_000);
    assertEquals(await rest(idle), "");
  }));

Deno.test("the gate waits for a handler that takes long, whatever the clock says", () =>
  withFront(async ({ connect, pass }) => {
    const conn = await connect();
    await write(conn, HEAD.replace("small", "slow"));
    await pause(100);
    const passing = pass(50_000);
    assertMatch(await some(conn), /200 OK/);
    await passing;
  }));

/** Lets time pass until a connection is closed: as long as buffers take bytes, nothing stalls. */
async function stalled(front: Front, pass: World["pass"]): Promise<void> {
  for (let looks = 0; front.gateStats()!.closed === 0 && looks < 30; looks++) await pass(21_000);
  assertEquals(front.gateStats()!.closed, 1);
}

Deno.test("the gate closes a reader that does not read", () =>
  withFront(async ({ front, connect, pass }) => {
    const conn = await connect();
    await write(conn, HEAD.replace("small", "large"));
    await some(conn);
    await stalled(front, pass);
    assert((await rest(conn)).length < LARGE_BYTES);
  }));

Deno.test("the gate refuses one connection too many with 503, after it has closed who is idle", () =>
  withFront(async ({ front, connect }) => {
    const idle = await connect();
    await write(idle, HEAD);
    await some(idle);
    const busy = [await connect(), await connect()];
    for (const conn of busy) await write(conn, "GET / HTTP/1.1\r\n");
    await pause(50);
    const third = await connect();
    assertEquals(await rest(idle), "", "closed for the newcomer");
    await write(third, HEAD.slice(0, 9));
    await pause(50);
    assertMatch(await rest(await connect()), /^HTTP\/1\.1 503 [^]*Retry-After: 2/);
    await write(third, HEAD.slice(9));
    assertMatch(await some(third), /200 OK/);
    assertEquals(front.gateStats()!.refused, 1);
  }, { maxConnections: 3 }));

Deno.test("the gate lets nothing behind of a client that goes away", () =>
  withFront(async ({ front, connect }) => {
    const gone = await connect();
    await write(gone, HEAD.replace("small", "large"));
    gone.close();
    for (let tries = 0; front.gateStats()!.open > 0 && tries < 100; tries++) await pause(20);
    assertEquals(front.gateStats()!.open, 0);
  }));

Deno.test("shutdown() lets a running request have its answer", async () => {
  let answer: Promise<string> = Promise.resolve("");
  await withFront(async ({ front }) => {
    answer = fetch(`http://127.0.0.1:${front.port}/slow`).then((r) => r.text());
    await pause(100);
  });
  assertEquals(await answer, "ok");
});

/** Answers `/hot` and `/big`, and remembers what it was asked. */
function answering(body = "hot"): { again: Again; asked: string[] } {
  const asked: string[] = [];
  const answer = (text: string) => ({
    head: `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n`,
    body: new TextEncoder().encode(text),
  });
  return {
    asked,
    again({ method, target }) {
      asked.push(`${method} ${target}`);
      return method === "GET" && target === "/hot" ? answer(body) : null;
    },
  };
}

const plain = (path: string, method = "GET") => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
/** Bodies of answers on one connection, which ends with this. */
const BYE = "GET /small HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** Sends requests one after the other, each once the answer before it has come. */
async function inTurn(conn: Deno.TcpConn, requests: readonly string[]): Promise<string[]> {
  const bodies: string[] = [];
  for (const request of requests) {
    await write(conn, request);
    let text = await some(conn);
    const length = () => Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    const isWhole = () => text.includes("\r\n\r\n") && text.length >= text.indexOf("\r\n\r\n") + 4 + length();
    while (!isWhole()) text += await some(conn);
    bodies.push(text.slice(text.indexOf("\r\n\r\n") + 4));
  }
  return bodies;
}

Deno.test("the gate answers again by itself, before and between requests of the server's", async () => {
  const { again, asked } = answering();
  await withFront(
    async ({ connect, addresses }) => {
      const conn = await connect();
      const requests = ["/hot", "/hot", "/small", "/hot", "/small", "/hot"].map((path) => plain(path));
      assertEquals(await inTurn(conn, requests), ["hot", "hot", "ok", "hot", "ok", "hot"]);
      assertEquals(addresses.length, 2);
      assertEquals(asked.length, 6);
    },
    {},
    again,
  );
});

Deno.test("the gate reads no more of a connection that brings anything else", async () => {
  const body = plain("/hot");
  const others = {
    "requests ahead of their answers": plain("/slow") + plain("/hot"),
    "a body that looks like a request":
      `POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`,
    "an answer whose end is not told": plain("/stream"),
  };
  for (const [why, request] of Object.entries(others)) {
    const { again, asked } = answering();
    await withFront(
      async ({ connect }) => {
        const conn = await connect();
        await write(conn, request);
        await pause(50);
        if (why.startsWith("a body")) await write(conn, body);
        await pause(50);
        await write(conn, BYE);
        const text = await rest(conn);
        assertEquals(text.match(/HTTP\/1\.1 200 OK/g)?.length, why.startsWith("requests") ? 3 : 2, `${why}: ${text}`);
        assert(!asked.includes("GET /hot"), why);
      },
      {},
      again,
    );
  }
});

Deno.test("the gate keeps the order of answers when a request comes while one is under way", async () => {
  const { again, asked } = answering();
  await withFront(
    async ({ connect }) => {
      const conn = await connect();
      await write(conn, plain("/slow"));
      await pause(100);
      await write(conn, plain("/hot"));
      await pause(400);
      await write(conn, BYE);
      const text = await rest(conn);
      assertEquals(text.match(/HTTP\/1\.1 200 OK/g)?.length, 3);
      assert(!text.includes("hot") && !asked.includes("GET /hot"));
    },
    {},
    again,
  );
});

Deno.test("the gate writes large answers whole, and closes who does not read one", async () => {
  const large = "x".repeat(LARGE_BYTES);
  await withFront(
    async ({ front, connect, pass }) => {
      const text = await (await fetch(`http://127.0.0.1:${front.port}/hot`)).text();
      assert(text === large);
      const conn = await connect();
      await write(conn, plain("/hot"));
      await some(conn);
      await stalled(front, pass);
      assert((await rest(conn)).length < LARGE_BYTES);
    },
    {},
    answering(large).again,
  );
});
