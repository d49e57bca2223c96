/**
 * A TCP proxy before an HTTP service that closes each connection after its answer: it counts requests and spoils them.
 *
 * @module
 */

/** What happens to requests. */
export type Fault =
  | { readonly kind: "pass" }
  /** The answer begins so much later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection ends after so many bytes of the answer, its head included. */
  | { readonly kind: "cut"; readonly bytes: number }
  /** As cut, but the connection stays open and silent. */
  | { readonly kind: "stall_after"; readonly bytes: number }
  /** Answered by the proxy itself. */
  | { readonly kind: "status"; readonly status: number }
  /** Taken and never answered. */
  | { readonly kind: "stall" }
  /** Closed at once. */
  | { readonly kind: "reset" };

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** From now on. */
  fault: Fault;
  /** Spoils one request, the next. */
  spoilNext(fault: Fault): void;
  /** Requests so far. */
  readonly count: number;
  /** Forgets the requests so far. */
  resetCount(): void;
}

const ignore = () => {};

function closeAll(connections: Iterable<Deno.Conn>): void {
  for (const connection of connections) {
    try {
      connection.close();
    } catch {
      // Closed by its other end's doing.
    }
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

async function copy(from: Deno.Conn, to: Deno.Conn, limit: number): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let left = limit; left > 0;) {
    const read = await from.read(buffer.subarray(0, Math.min(buffer.length, left)));
    if (read === null) return;
    await writeAll(to, buffer.subarray(0, read));
    left -= read;
  }
}

/** Starts a proxy on a free port. @param target origin of the service */
export function startFaultProxy(target: string): FaultProxy {
  const { hostname, port } = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const running = new Set<Promise<void>>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let count = 0;
  let fault: Fault = { kind: "pass" };
  let next: Fault | null = null;

  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => (timers.delete(timer), resolve()), ms);
      timers.add(timer);
    });

  const forward = async (client: Deno.Conn, fault: Fault) => {
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(server);
    const sending = copy(client, server, Infinity).catch(ignore);
    if (fault.kind === "delay") await wait(fault.ms);
    await copy(server, client, "bytes" in fault ? fault.bytes : Infinity).catch(ignore);
    if (fault.kind === "stall_after") return await sending;
    closeAll([server, client]);
    open.delete(server);
    await sending;
  };

  const handle = async (client: Deno.Conn) => {
    count++;
    open.add(client);
    const chosen = next ?? fault;
    next = null;
    if (chosen.kind === "reset") closeAll([client]);
    else if (chosen.kind === "status") {
      // The whole request is taken first: an answer before its end would be a reset to whoever sends.
      const reading = copy(client, { write: (b: Uint8Array) => Promise.resolve(b.length) } as never, Infinity);
      await Promise.race([reading.catch(ignore), wait(20)]);
      const text = `HTTP/1.1 ${chosen.status} Fault\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
      await writeAll(client, new TextEncoder().encode(text)).catch(ignore);
      closeAll([client]);
    } else if (chosen.kind !== "stall") await forward(client, chosen).catch(() => closeAll([client]));
  };

  const accepting = (async () => {
    for await (const client of listener) {
      const work = handle(client).catch(ignore).finally(() => running.delete(work));
      running.add(work);
    }
  })();

  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    get fault() {
      return fault;
    },
    set fault(next: Fault) {
      fault = next;
    },
    spoilNext: (once) => next = once,
    get count() {
      return count;
    },
    resetCount: () => count = 0,
    async [Symbol.asyncDispose]() {
      listener.close();
      closeAll(open);
      for (const timer of timers) clearTimeout(timer);
      await accepting.catch(ignore);
      await Promise.race([Promise.all(running), Promise.resolve()]);
    },
  };
}
