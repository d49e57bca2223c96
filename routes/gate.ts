/**
 * The gate before the HTTP server: bounds connections, and closes those that stall.
 *
 * Deno.serve waits for ever for the other half of a request's head and for a reader that does not read (measured, Deno
 * 2.9.6: half a head was open after 90 s), and has no bound of connections. So the listener of the program is this one:
 * it passes bytes to and fro between each client and a connection of its own to Deno.serve on the loopback, and looks
 * every second at who has moved. That a head has arrived is told by the handler ({@linkcode Gate.begin}), that a body
 * trickles is found where it is read.
 *
 * Passing a hit on would cost more than the hit, so the gate answers those itself: a plain request (one whole head
 * without a body, nothing behind it) that comes while nothing is under way is asked for in memory first. As soon as a
 * connection brings anything else, or an answer whose end its head does not tell, its bytes are passed on unread.
 *
 * @module
 */

import { parsePlainRequest, type PlainAnswer, plainAnswerBytes, type PlainRequest } from "./_http/plain_head.ts";

/** Bounds; see their settings for defaults. */
export interface GateBounds {
  readonly maxConnections: number;
  /** Longest time from the first byte of a request (or from connecting) to the end of its head, in ms. */
  readonly headMs: number;
  /** Longest time without a byte either way between requests, in ms. */
  readonly idleMs: number;
  /** Longest time that a reader may take for 16 KiB, or 64 KiB of a large answer, in ms. */
  readonly writeMs: number;
}

/** Answers a plain request from memory; null = the server has to. */
export type Again = (request: PlainRequest) => PlainAnswer | null;

/** What the gate works with. */
export interface GateDeps {
  readonly again: Again;
  /** Connects to the HTTP server. */
  readonly connect: () => Promise<Deno.TcpConn>;
  /** A clock that never goes back, in ms. */
  readonly monotonicMs: () => number;
}

/** Counters for metrics. */
export interface GateStats {
  readonly open: number;
  readonly refused: number;
  readonly closed: number;
}

const CHUNK_BYTES = 16 * 1024;
/** What a connection reads with once an answer was larger than a chunk: fewer, larger steps (half the time at 200 KB). */
const LARGE_CHUNK_BYTES = 64 * 1024;
/** Buffers for answers that are kept for the next ones. */
const MAX_SCRATCHES = 16;
const ENCODER = new TextEncoder();
const NOTHING = new Uint8Array(0);
/** How often it looks who has moved, in ms. */
const LOOK_MS = 1_000;
const DRAIN_MS = 10;
const FULL =
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n";
const TOO_SLOW =
  "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n";

/** What a connection is in the middle of, as far as the gate reads it. */
type Exchange =
  /** Nothing: the next bytes are a request. */
  | "none"
  /** The server was given a plain request. */
  | { readonly method: PlainRequest["method"] }
  /** Bytes of the answer that are still to come. */
  | { leftBytes: number }
  /** Bytes are passed on unread from now on. */
  | "unread";

/** One client. */
class Passage {
  exchange: Exchange = "none";
  /** Requests whose head has arrived and whose answer is not made yet. */
  running = 0;
  /** When the first byte of a head came whose end did not come yet; connecting counts as a first byte. */
  headSinceMs: number | null;
  /** When the last byte moved. */
  movedAtMs: number;
  /** When a write to the client began that is not done. */
  writingSinceMs: number | null = null;
  /** The last write to the client. */
  writing: Promise<void> = Promise.resolve();
  server: Deno.TcpConn | null = null;
  #isClosed = false;

  constructor(readonly client: Deno.TcpConn, nowMs: number) {
    this.headSinceMs = nowMs;
    this.movedAtMs = nowMs;
  }

  /** Whether it may go when room is needed. */
  get isIdle(): boolean {
    return this.running === 0 && this.headSinceMs === null && this.writingSinceMs === null;
  }

  /** What is wrong with it now, or null. */
  fault(bounds: GateBounds, nowMs: number): "head" | "idle" | "write" | null {
    if (this.headSinceMs !== null && this.running === 0 && nowMs - this.headSinceMs > bounds.headMs) return "head";
    if (this.writingSinceMs !== null && nowMs - this.writingSinceMs > bounds.writeMs) return "write";
    return this.isIdle && nowMs - this.movedAtMs > bounds.idleMs ? "idle" : null;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const conn of [this.client, this.server]) {
      try {
        conn?.close();
      } catch {
        // Closed by the other side already.
      }
    }
  }
}

/** What is under way once the server has sent these bytes. */
function exchangeAfter(exchange: Exchange, bytes: Uint8Array): Exchange {
  if (exchange === "unread" || exchange === "none") return "unread";
  const bytesToCome = "method" in exchange ? plainAnswerBytes(bytes, exchange.method) : exchange.leftBytes;
  if (bytesToCome === null || bytesToCome < bytes.length) return "unread";
  return bytesToCome === bytes.length ? "none" : { leftBytes: bytesToCome - bytes.length };
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** See the module's comment. */
export class Gate {
  #bounds: GateBounds;
  #deps: GateDeps;
  #passages = new Set<Passage>();
  /** By the port from which this gate connects to the server. */
  #byPort = new Map<number, Passage>();
  #listener: Deno.TcpListener | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #refused = 0;
  #closed = 0;
  #scratches: Uint8Array[] = [];

  constructor(bounds: GateBounds, deps: GateDeps) {
    this.#bounds = bounds;
    this.#deps = deps;
  }

  get stats(): GateStats {
    return { open: this.#passages.size, refused: this.#refused, closed: this.#closed };
  }

  /** The address of the client behind a connection of the gate's, or null for anybody else's. */
  addressOf(port: number): string | null {
    const passage = this.#byPort.get(port);
    return passage === undefined ? null : passage.client.remoteAddr.hostname;
  }

  /** To be called when a request's head has arrived. */
  begin(port: number): void {
    const passage = this.#byPort.get(port);
    if (passage === undefined) return;
    passage.running++;
    passage.headSinceMs = null;
  }

  /** To be called when a request's answer is made; its bytes may still be on their way. */
  end(port: number): void {
    const passage = this.#byPort.get(port);
    if (passage === undefined) return;
    passage.running = Math.max(0, passage.running - 1);
    passage.movedAtMs = this.#deps.monotonicMs();
  }

  /** Takes connections until {@linkcode stop}. */
  async serve(listener: Deno.TcpListener): Promise<void> {
    this.#listener = listener;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    while (this.#listener !== null) {
      try {
        this.#admit(await listener.accept());
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // A client that is gone before it was taken, or no descriptor left: the next one may fare better.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Takes no more connections; those that are open go on. */
  stop(): void {
    this.#listener?.close();
    this.#listener = null;
  }

  /** Closes who has asked nothing, and resolves when all others have gone: after the server has shut down. */
  async drain(): Promise<void> {
    while (this.#passages.size > 0) {
      for (const passage of this.#passages) {
        if (passage.server === null && passage.writingSinceMs === null) passage.close();
      }
      await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    }
  }

  /** Closes everything. */
  close(): void {
    this.stop();
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const passage of this.#passages) passage.close();
  }

  /** Closes who has stalled. Called every second. */
  look(): void {
    const nowMs = this.#deps.monotonicMs();
    for (const passage of this.#passages) {
      const fault = passage.fault(this.#bounds, nowMs);
      if (fault === null) continue;
      this.#closed++;
      // Only where no byte of an answer can be under way.
      if (fault === "head") passage.client.write(new TextEncoder().encode(TOO_SLOW)).catch(() => {});
      passage.close();
    }
  }

  /** Makes room by closing who has been idle for longest. */
  #makeRoom(): boolean {
    let oldest: Passage | null = null;
    for (const passage of this.#passages) {
      if (passage.isIdle && (oldest === null || passage.movedAtMs < oldest.movedAtMs)) oldest = passage;
    }
    oldest?.close();
    return oldest !== null;
  }

  #admit(client: Deno.TcpConn): void {
    if (this.#passages.size >= this.#bounds.maxConnections && !this.#makeRoom()) {
      this.#refused++;
      client.write(new TextEncoder().encode(FULL)).catch(() => {}).finally(() => client.close());
      return;
    }
    const passage = new Passage(client, this.#deps.monotonicMs());
    this.#passages.add(passage);
    this.#pass(passage).catch(() => {}).finally(() => {
      passage.close();
      this.#passages.delete(passage);
    });
  }

  async #pass(passage: Passage): Promise<void> {
    const { client } = passage;
    client.setNoDelay(true);
    const buffer = new Uint8Array(CHUNK_BYTES);
    const count = await this.#nextForServer(passage, buffer);
    if (count === null) return;
    const server = passage.server = await this.#deps.connect();
    server.setNoDelay(true);
    const { port } = server.localAddr;
    this.#byPort.set(port, passage);
    try {
      await writeAll(server, buffer.subarray(0, count));
      await Promise.all([this.#toClient(passage, server), this.#toServer(passage, server, buffer)]);
    } finally {
      this.#byPort.delete(port);
    }
  }

  /** Reads what the server has to see; null = the client is done. What can be answered again is, on the way. */
  async #nextForServer(passage: Passage, buffer: Uint8Array): Promise<number | null> {
    for (let count; (count = await passage.client.read(buffer)) !== null;) {
      passage.movedAtMs = this.#deps.monotonicMs();
      if (passage.running === 0) passage.headSinceMs ??= passage.movedAtMs;
      // Something else is under way: what came belongs to it, or waits behind it.
      if (passage.exchange !== "none") passage.exchange = "unread";
      if (passage.exchange === "unread") return count;
      const request = parsePlainRequest(buffer.subarray(0, count));
      const answer = request === null ? null : this.#deps.again(request);
      if (answer === null) {
        passage.exchange = request === null ? "unread" : { method: request.method };
        return count;
      }
      passage.headSinceMs = null;
      // The end of the answer before may still be on its way.
      await passage.writing;
      await (passage.writing = this.#write(passage, answer.head, answer.body));
    }
    return null;
  }

  /** Writes an answer, in one piece where it is small: a write costs as much as ten thousand bytes. */
  async #write(passage: Passage, head: string, body: Uint8Array | null): Promise<void> {
    const scratch = this.#scratches.pop() ?? new Uint8Array(LARGE_CHUNK_BYTES);
    let filled = ENCODER.encodeInto(head, scratch).written;
    let left = body ?? NOTHING;
    try {
      do {
        const part = left.subarray(0, scratch.length - filled);
        scratch.set(part, filled);
        passage.writingSinceMs = this.#deps.monotonicMs();
        await writeAll(passage.client, scratch.subarray(0, filled + part.length));
        left = left.subarray(part.length);
        filled = 0;
      } while (left.length > 0);
    } finally {
      passage.movedAtMs = this.#deps.monotonicMs();
      passage.writingSinceMs = null;
      if (this.#scratches.length < MAX_SCRATCHES) this.#scratches.push(scratch);
    }
  }

  async #toServer(passage: Passage, server: Deno.TcpConn, buffer: Uint8Array): Promise<void> {
    for (let count; (count = await this.#nextForServer(passage, buffer)) !== null;) {
      await writeAll(server, buffer.subarray(0, count));
    }
    await server.closeWrite();
  }

  async #toClient(passage: Passage, server: Deno.TcpConn): Promise<void> {
    let buffer = new Uint8Array(CHUNK_BYTES);
    try {
      for (let count; (count = await server.read(buffer)) !== null;) {
        passage.writingSinceMs = this.#deps.monotonicMs();
        passage.exchange = exchangeAfter(passage.exchange, buffer.subarray(0, count));
        await (passage.writing = writeAll(passage.client, buffer.subarray(0, count)));
        passage.movedAtMs = this.#deps.monotonicMs();
        passage.writingSinceMs = null;
        if (count === CHUNK_BYTES && buffer.length === CHUNK_BYTES) buffer = new Uint8Array(LARGE_CHUNK_BYTES);
        // A byte from the client while its answer is under way is no head that stalls (HTTP/2 sends windows).
        if (passage.headSinceMs !== null) passage.headSinceMs = passage.running === 0 ? null : passage.movedAtMs;
      }
    } finally {
      // The server is done with this connection: a reader of the client's would wait for ever.
      await passage.writing.catch(() => {});
      passage.close();
    }
  }
}
