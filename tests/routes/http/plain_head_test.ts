/** What the gate reads itself, and what it leaves to the server. */
import { assertEquals } from "@std/assert";
import { parsePlainRequest, plainAnswerBytes } from "../../../routes/_http/plain_head.ts";

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const parse = (text: string) => parsePlainRequest(bytes(text));

Deno.test("parsePlainRequest() reads a GET and a HEAD without a body", () => {
  const request = parse('GET /i/a/b.webp?w=1&x=%20 HTTP/1.1\r\nHost: a.example:80\r\nIf-None-Match:  "x" \r\n\r\n')!;
  assertEquals([request.method, request.target, request.host], ["GET", "/i/a/b.webp?w=1&x=%20", "a.example:80"]);
  assertEquals([request.headers.get("if-none-match"), request.headers.get("accept")], ['"x"', null]);
  assertEquals(parse("HEAD / HTTP/1.1\r\nhost: [::1]:8000\r\nConnection: Keep-Alive\r\n\r\n")!.method, "HEAD");
});

const LEFT = {
  "half a head": "GET / HTTP/1.1\r\nHost: a\r\n",
  "two requests": "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "a body": "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd",
  "a length without a body": "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
  "chunks": "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
  "another method": "POST / HTTP/1.1\r\nHost: a\r\n\r\n",
  "another version": "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "an absolute target": "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
  "no host": "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
  "two hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "a host with a path": "GET /x HTTP/1.1\r\nHost: a/i\r\n\r\n",
  "a host with a name of a user": "GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n",
  "a folded line": "GET / HTTP/1.1\r\nHost: a\r\nAccept: x,\r\n y\r\n\r\n",
  "a blank before the colon": "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
  "bare line feeds": "GET / HTTP/1.1\nHost: a\n\n",
  "a control character": "GET / HTTP/1.1\r\nHost: a\r\nAccept: \x01\r\n\r\n",
  "more than ASCII": "GET / HTTP/1.1\r\nHost: a\r\nAccept: \xe9\r\n\r\n",
  "a fragment": "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
  "a connection that ends": "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  "an upgrade": "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
  "an expectation": "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
  "a head of 9,000 bytes": `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(9_000)}\r\n\r\n`,
  "nothing": "",
};

for (const [why, text] of Object.entries(LEFT)) {
  Deno.test(`parsePlainRequest() leaves ${why} to the server`, () => assertEquals(parse(text), null));
}

Deno.test("plainAnswerBytes() adds up head and body", () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  assertEquals(plainAnswerBytes(bytes(head + "abc"), "GET"), head.length + 5);
  assertEquals(plainAnswerBytes(bytes(head), "HEAD"), head.length);
  const unchanged = 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\netag: "a"\r\n\r\n';
  assertEquals(plainAnswerBytes(bytes(unchanged), "GET"), unchanged.length);
});

const UNKNOWN_ENDS = {
  "no length": "HTTP/1.1 200 OK\r\na: b\r\n\r\n",
  "chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  "an interim answer": "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n",
  "half a head": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
  "a connection that ends": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
  "a length in the body alone": "HTTP/1.1 200 OK\r\na: b\r\n\r\nx\r\ncontent-length: 5\r\n",
};

for (const [why, text] of Object.entries(UNKNOWN_ENDS)) {
  Deno.test(`plainAnswerBytes() does not know the end of an answer with ${why}`, () => {
    assertEquals(plainAnswerBytes(bytes(text), "GET"), null);
  });
}
