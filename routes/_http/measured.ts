/**
 * Lengths of answers.
 *
 * @module
 */

/** Made whole before they are sent; archives and pictures are not, or say their length themselves. */
const WHOLE = /^(application\/json|text\/html)\b/;

/** The answer with its length where it is a text: HEAD tells it as GET does, and the log has it. */
export async function measured(response: Response): Promise<Response> {
  const { status, headers } = response;
  // Looked at last: the bytes of a picture are sent as they are only while nobody has asked for them as a stream.
  if (headers.has("content-length") || !WHOLE.test(headers.get("content-type") ?? "") || response.body === null) {
    return response;
  }
  const bytes = await response.arrayBuffer();
  const out = new Response(bytes, { status, headers });
  out.headers.set("content-length", String(bytes.byteLength));
  return out;
}
