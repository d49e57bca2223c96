// Decodes every N/M.avif below a folder with @jsquash/avif: pixels to M.rgba, size to M.size.
import decode, { init } from "npm:@jsquash/avif@2/decode.js";

const [root] = Deno.args;
const wasm = new URL("./codec/dec/avif_dec.wasm", import.meta.resolve("npm:@jsquash/avif@2/decode.js"));
await init(await WebAssembly.compile(await Deno.readFile(wasm)));
for (const folder of Deno.readDirSync(root)) {
  for (const { name } of Deno.readDirSync(`${root}/${folder.name}`)) {
    if (!name.endsWith(".avif")) continue;
    const path = `${root}/${folder.name}/${name.slice(0, -".avif".length)}`;
    try {
      const image = await decode((await Deno.readFile(`${path}.avif`)).buffer);
      await Deno.writeFile(`${path}.rgba`, new Uint8Array(image.data.buffer));
      await Deno.writeTextFile(`${path}.size`, `${image.width}x${image.height}`);
    } catch (error) {
      console.log(`not decoded: ${path}.avif ${String(error).slice(0, 80)}`);
    }
  }
}
