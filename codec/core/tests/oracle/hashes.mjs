// Compares ThumbHash and BlurHash with the reference packages, bit by bit, on random, flat and smooth pictures.
//   cargo build --release --example oracle
//   deno run -A tests/oracle/hashes.mjs [path of the built example] [number of pictures]
// Under Deno every hash is equal. Other engines' Math.cos differs in the last bit, which shows in flat pictures' AC
// terms (rounding noise that ThumbHash scales up to full range): run it under the product's own runtime.
import { rgbaToThumbHash } from "npm:thumbhash@0.1.1";
import { encode } from "npm:blurhash@2.0.5";

const [tool = "target/release/examples/oracle", count = "3000"] = Deno.args;
let seed = 1;
const random = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};

function picture(kind) {
  const w = 1 + random(100), h = 1 + random(100);
  const rgba = new Uint8ClampedArray(w * h * 4);
  const base = [random(256), random(256), random(256), kind % 2 ? 255 : random(256)];
  const slope = [0, 1, 2].map(() => [random(9) - 4, random(9) - 4]);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = 4 * (x + y * w);
      for (let c = 0; c < 4; c++) {
        if (kind < 2) rgba[at + c] = c < 3 || kind === 0 ? random(256) : 255; // noise
        else if (kind < 4) rgba[at + c] = base[c]; // flat
        else rgba[at + c] = c < 3 ? base[c] + slope[c][0] * x + slope[c][1] * y : base[3]; // smooth
      }
      if (kind === 4 && (x + y) % 3 === 0) rgba[at + 3] = 0;
    }
  }
  return { w, h, rgba };
}

const pictures = Array.from({ length: Number(count) }, (_, i) => picture(i % 6));
const parts = pictures.flatMap(({ w, h, rgba }) => [new Uint8Array(Uint32Array.of(w, h, 4).buffer), rgba]);
const child = new Deno.Command(tool, { args: ["hashes"], stdin: "piped", stdout: "piped" }).spawn();
const output = child.output();
await new Blob(parts).stream().pipeTo(child.stdin);
const lines = new TextDecoder().decode((await output).stdout).trim().split("\n");

let thumb = 0, blur = 0;
pictures.forEach(({ w, h, rgba }, i) => {
  const [t, b] = lines[i].split(" ");
  const hex = [...rgbaToThumbHash(w, h, rgba)].map((v) => v.toString(16).padStart(2, "0")).join("");
  if (t !== hex) thumb++;
  if (b !== encode(rgba, w, h, 4, 3)) blur++;
});
console.log(`${pictures.length} pictures: ${thumb} ThumbHashes and ${blur} BlurHashes differ`);
Deno.exit(thumb + blur ? 1 : 0);
