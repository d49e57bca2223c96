/**
 * A proxy before a KV server that carries commits out and then loses their answers.
 *
 * @module
 */

/** How the answer to a commit is lost: `failed` = a 503 comes instead, `cut` = its body ends in the middle. */
export type Loss = "failed" | "cut";

/** A running proxy. */
export interface LossyKv extends AsyncDisposable {
  readonly url: string;
  /** Answers lost so far. */
  readonly lost: number;
}

const HEAD_MS = 10;

/** An answer that promises more than comes. */
function cutAnswer(answer: Response): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
    // Once the head is on its way.
    pull: async (controller) => {
      await new Promise((resolve) => setTimeout(resolve, HEAD_MS));
      controller.error(new Error("Connection is cut"));
    },
  }, { highWaterMark: 2 });
  return new Response(body, { status: answer.status, headers: { "content-type": "application/x-protobuf" } });
}

/**
 * Starts one on a free port.
 *
 * @param target origin of the KV server
 * @param lossOf asked for each commit that was carried out: how its answer is lost, null = it is not
 */
export function startLossyKv(target: string, lossOf: () => Loss | null): LossyKv {
  let lost = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const answer = await fetch(target + pathname, {
      method: request.method,
      headers: request.headers,
      body: request.body === null ? null : await request.bytes(),
    });
    const loss = pathname.endsWith("/atomic_write") && answer.ok ? lossOf() : null;
    if (loss === null) return answer;
    lost++;
    await answer.body?.cancel();
    return loss === "failed" ? new Response(null, { status: 503 }) : cutAnswer(answer);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    get lost() {
      return lost;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
