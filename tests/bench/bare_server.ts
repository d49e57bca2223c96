/**
 * The peer of stored derivatives: a bare Hono handler that sends bytes from memory, the least that any program on the
 * same runtime and framework must do. A program of its own: takes a file and its headers as JSON.
 *
 * @module
 */
import { Hono } from "hono";

const [file, headersJson] = Deno.args;
const bytes = await Deno.readFile(file!);
const headers: Record<string, string> = JSON.parse(headersJson!);
const { "content-length": _length, "content-type": _type, "content-disposition": _name, ...validators } = headers;

const app = new Hono();
app.get("/i/*", (c) => {
  if (c.req.header("if-none-match") === headers.etag) return new Response(null, { status: 304, headers: validators });
  return new Response(bytes, { headers });
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, app.fetch);
