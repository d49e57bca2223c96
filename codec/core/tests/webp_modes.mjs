// Encodes made-up pictures twice and compares the files. Argument: the harness that webp_modes.sh has linked.
import { readFileSync } from "node:fs";

const math = (name) => Math[name] ?? Math[name.replace(/f$/, "")];
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const env = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, math(name)]));
const { memory, allocate, reset, encode, bytes } = new WebAssembly.Instance(module, { env }).exports;

/** Deterministic noise (xorshift), 0–255. */
function noise(seed) {
  let state = (seed * 2_654_435_761) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 11) & 255;
  };
}

/** Brightness of a px from its place and a noise of 0–255. */
const KINDS = {
  noise: (_x, _y, any) => any,
  gradient: (x, y) => x * 3 + y * 2,
  "gradient with grain": (x, y, any) => x * 3 + y * 2 + (any >> 4),
  flat: () => 90,
  "flat with grain": (_x, _y, any) => 90 + (any >> 7),
  edges: (x, y) => ((x >> 3) + (y >> 2)) % 2 * 200,
  waves: (x, y, any) => 128 + 100 * Math.sin(x / 5) * Math.cos(y / 7) + (any >> 5),
  "lines and grain": (x, y, any) => ((x + y) % 11 < 2 ? 250 : 40) + (any >> 6),
};
const SIZES = [[1, 1], [5, 3], [16, 16], [33, 47], [70, 50]];
const QUALITIES = [0, 10, 30, 50, 65, 75, 80, 85, 90, 95, 98, 99, 100];
const METHODS = [3, 4];

function file(rgb, [width, height], quality, method, byReference) {
  reset();
  const at = allocate(rgb.length);
  new Uint8Array(memory.buffer).set(rgb, at);
  const length = encode(at, width, height, quality, method, byReference);
  if (length === 0) throw new Error("libwebp refused a picture");
  return Buffer.from(new Uint8Array(memory.buffer, bytes(), length));
}

let compared = 0;
for (const [kind, brightness] of Object.entries(KINDS)) {
  for (const size of SIZES) {
    const any = noise(size[0] + 1);
    const at = (i) => [Math.floor(i / 3) % size[0], Math.floor(i / 3 / size[0])];
    const rgb = Uint8ClampedArray.from({ length: size[0] * size[1] * 3 }, (_, i) => brightness(...at(i), any()) + i % 3);
    for (const quality of QUALITIES) {
      for (const method of METHODS) {
        const [fast, reference] = [0, 1].map((byReference) => file(rgb, size, quality, method, byReference));
        const name = `${kind}, ${size.join(" × ")}, quality ${quality}, method ${method}`;
        if (!fast.equals(reference)) throw new Error(`WebP files differ: ${name}`);
        compared++;
      }
    }
  }
}
console.log(`${compared} WebP files of the search in SIMD equal those of libwebp's own`);
