/**
 * Ports of servers that tests start.
 *
 * @module
 */

/** Half a minute in all. */
const START_TRIES = 1_200;
const TRY_AGAIN_MS = 25;

/** Below the ports that the system gives to connections: none of those takes one while its server is stopped. */
const [LEAST_PORT, MOST_PORT] = [10_000, 29_999];
const PORT_TRIES = 50;

/** A port of this machine that nobody listens on. Another program may take it first: see {@linkcode startListening}. */
export function freePort(): number {
  for (let tries = 0;; tries++) {
    const port = LEAST_PORT + Math.floor(Math.random() * (MOST_PORT - LEAST_PORT + 1));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (tries === PORT_TRIES) throw error;
    }
  }
}

/** Waits until a program listens on a port. @returns false when it has ended instead */
export async function untilListening(port: number, child: Deno.ChildProcess): Promise<boolean> {
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  for (let tries = 0;; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return !hasEnded;
    } catch (error) {
      if (hasEnded) return false;
      if (tries === START_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    }
  }
}

/** Starts a program that listens, on another port where somebody else was quicker. */
export async function startListening(
  spawn: (port: number) => Deno.ChildProcess,
): Promise<{ readonly port: number; readonly child: Deno.ChildProcess }> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = freePort();
    const child = spawn(port);
    if (await untilListening(port, child)) return { port, child };
  }
  throw new Error(`A server did not start on any of ${PORT_TRIES} ports`);
}
