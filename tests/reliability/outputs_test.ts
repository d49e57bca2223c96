/** T9, T23, T24: what leaves the service carries no script, no foreign file name, no place. */
import { assert, assertEquals } from "@std/assert";
import { FileBlobs } from "../../kv/blobs/file.ts";
import { CORPUS, readManifest } from "../corpus/manifest.ts";
import { fixture, startTestApp } from "../doubles/app.ts";
import { hasProgram } from "../doubles/has_program.ts";
import { withFolder } from "../doubles/server.ts";
import { testRow } from "./test_row.ts";

/** Ways to run a script from an SVG. */
const SCRIPTS = [
  "<script>alert(1)</script>",
  '<script href="data:text/javascript,alert(1)"/>',
  '<script xlink:href="https://evil.example/x.js"/>',
  '<rect width="9" height="9" onload="alert(1)" onclick="alert(1)"/>',
  '<a href="javascript:alert(1)"><rect width="9" height="9"/></a>',
  '<a xlink:href="java&#x0A;script:alert(1)"><rect width="9" height="9"/></a>',
  '<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml" onload="alert(1)"/></foreignObject>',
  '<foreignObject><iframe src="javascript:alert(1)"/></foreignObject>',
  '<animate attributeName="href" values="javascript:alert(1)"/>',
  '<set attributeName="onmouseover" to="alert(1)"/>',
  '<use href="data:image/svg+xml;base64,PHN2Zy8+#x"/>',
  '<image href="https://evil.example/x.png" onerror="alert(1)"/>',
  "<style>@import url(https://evil.example/x.css);</style>",
  '<handler type="text/javascript">alert(1)</handler>',
];

testRow("T9", "fourteen ways to run a script", async (measure) => {
  const app = await startTestApp({ env: { QUOTAS: "off" } });
  try {
    const john = await app.addUser("john");
    let originals = 0;
    for (const [n, script] of SCRIPTS.entries()) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
        `width="20" height="20"><rect width="20" height="20" fill="#e33"/>${script}</svg>`;
      const bytes = new TextEncoder().encode(svg);
      const upload = await app.upload(john, bytes, `${n}.svg`, { path: `${n}.svg` });
      await upload.body?.cancel();
      if (upload.status === 400) continue;
      assertEquals(upload.status, 201, script);
      const original = await app.request(`/i/john/${n}.svg`);
      assertEquals(original.status, 200);
      const policy = original.headers.get("content-security-policy") ?? "";
      assert(/default-src 'none'/.test(policy) && /sandbox/.test(policy), `${script}: ${policy}`);
      assert(!/allow-scripts/.test(policy) && !/script-src/.test(policy), policy);
      assertEquals(original.headers.get("x-content-type-options"), "nosniff");
      await original.body?.cancel();
      originals++;
      for (const ending of ["webp", "png", "jpg"]) {
        const picture = await app.request(`/i/john/${n}.${ending}`);
        const text = new TextDecoder("latin1").decode(await picture.arrayBuffer());
        assert(picture.status === 200 && !/alert|script|evil/.test(text), `${script} as ${ending}`);
      }
    }
    assert(originals > 0);
    measure(`${originals} of ${SCRIPTS.length} taken; originals sandboxed without scripts, derivatives are pixels`);
  } finally {
    await app.close();
  }
});

const NASTY = [
  ...["../../evil.png", "..\\..\\evil.png", "/etc/passwd.png", "C:\\evil.png", "a/../../b.png", "....//evil.png"],
  ...["%2e%2e%2fevil.png", "%252e%252e/evil.png", "a\u0000.png", "a\r\nSet-Cookie: x=1.png", "a\nb.png", "a\tb.png"],
  ...['a"b.png', "a;b.png", "a'b.png", "a`b.png", "$(touch x).png", "|touch x.png", "a&b.png", "*.png", "?.png"],
  ...[".png", "..png", ".", "..", "", " ", "con.png", "nul", "aux.png", "a:b.png", "a<b>.png", "\u202egnp.exe.png"],
  ...["e\u0301.png", "\u00e9.png", "ａ.png", "💩.png", "\ufeffa.png", "a\u2028b.png", "a\u00a0b.png", "-rf.png"],
  ...["x".repeat(300) + ".png", "é".repeat(200) + ".png", "a/".repeat(40) + "b.png", "~root.png", "a%00.png"],
  ...["__proto__.png", "constructor", "originals/x.png", "derivatives/x.png", ".git/config.png", "server.json.png"],
  ...["\\\\host\\share.png", "file:///etc/passwd.png", "http://evil.example/a.png", "//evil.example/a.png"],
  ...["a\\0.png", "a\u007f.png", "a\u0085.png", "\u200b.png", "a\u0300\u0301\u0302.png", "İ.png"],
];

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await filesBelow(`${folder}/${name}`));
    else found.push(`${folder}/${name}`);
  }
  return found;
}

testRow("T23", "names as file name, as path and as folder", (measure) =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/inner/blobs`, { recursive: true });
    const blobs = await FileBlobs.open(`${folder}/inner/blobs`, () => crypto.randomUUID());
    const app = await startTestApp({ env: { QUOTAS: "off" }, blobs });
    const png = await fixture("quarters.png");
    let answers = 0;
    const check = (response: Response, shown: string) => {
      assert(response.status < 500, `${shown} → ${response.status}`);
      for (const [name, value] of response.headers) {
        assert(!/[\r\n]/.test(value) && !value.includes("\u0000"), `${shown}: ${name}`);
        assert(name !== "set-cookie", shown);
      }
      answers++;
    };
    try {
      const john = await app.addUser("john");
      for (const [n, name] of NASTY.entries()) {
        for (const field of ["filename", "path", "target_path"]) {
          const bytes = Uint8Array.from([...png, ...new TextEncoder().encode(`${n}${field}`)]);
          const upload = field === "filename"
            ? await app.upload(john, bytes, name)
            : await app.upload(john, bytes, "a.png", { [field]: name });
          check(upload, `${field} ${name}`);
          const answer = await upload.json();
          if (upload.status !== 201) continue;
          const record = (await app.deps.images.get(john.user.id, answer.id))!;
          const path = record.paths[0]!.split("/").map(encodeURIComponent).join("/");
          for (const query of ["", "?w=9", "?download=1"]) {
            const picture = await app.request(`/i/john/${path}${query}`);
            check(picture, `${record.paths[0]}${query}`);
            assertEquals(picture.status, 200, record.paths[0]);
            await picture.body?.cancel();
          }
        }
      }
      await app.settled();
      const strays = (await filesBelow(folder)).filter((file) =>
        !/\/inner\/blobs\/(originals|derivatives)\/[\w-]+\/[0-9a-f]{2}\/[0-9a-f]{64}\.\w+(\/[\w.-]+)?$/.test(file)
      );
      assertEquals(strays.map((file) => file.slice(folder.length)), []);
      measure(`${NASTY.length} names in 3 places, ${answers} answers: 0 files outside, 0 headers broken`);
    } finally {
      await app.close();
    }
  }));

const files = await readManifest();
const canLook = files !== null && await hasProgram("exiftool", ["-ver"]);
if (!canLook) console.log("Skipped: T24 needs exiftool and ../shared/corpus");

async function exif(args: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await new Deno.Command("exiftool", { args: ["-j", "-G1", "-a", ...args], stderr: "null" })
    .output();
  return JSON.parse(new TextDecoder().decode(stdout) || "[]");
}

/** Position, serial numbers, owners' names, maker notes, thumbnails. */
const PRIVATE = /GPS(?!.*Version)|Serial|OwnerName|CameraOwner|MakerNote|Thumbnail|PreviewImage|Geotag|LocationName/i;
/** GPS tags of a picture's own, so that the set is known to have some. */
const GPS = /GPS(Latitude|Longitude|Position)/;

testRow("T24", "pictures of the corpus with a position, as every output", (measure) =>
  withFolder(async (folder) => {
    const pictures = files!.filter(({ expected, format }) =>
      expected === "valid" && ["jpeg", "tiff", "heic", "webp", "png", "avif"].includes(format)
    );
    const names = pictures.map(({ path }) => new URL(path.split("/").map(encodeURIComponent).join("/"), CORPUS));
    const tags = await exif(["-fast2", ...names.map((url) => decodeURIComponent(url.pathname))]);
    const known = tags.filter((one) => Object.keys(one).some((key) => PRIVATE.test(key)));
    const withPlace = tags.filter((one) => Object.keys(one).some((key) => GPS.test(key)));
    const app = await startTestApp({ env: { QUOTAS: "off" } });
    let [looked, found] = [0, 0];
    try {
      const john = await app.addUser("john");
      // The sample that the fixtures' script made has everything that must not leave.
      const sources: [string, Uint8Array<ArrayBuffer>][] = [];
      for (const one of known.slice(0, 93)) {
        const file = String(one.SourceFile);
        sources.push([file.split("/").at(-1)!, await Deno.readFile(file)]);
      }
      for (const [n, [name, bytes]] of sources.entries()) {
        const upload = await app.upload(john, bytes, name, { path: `${n}/${name}` });
        const { id } = await upload.json();
        if (upload.status !== 201) continue;
        const record = (await app.deps.images.get(john.user.id, id))!;
        const stem = record.paths[0]!.replace(/\.[^.]+$/, "").split("/").map(encodeURIComponent).join("/");
        for (const target of ["webp?w=64", "jpg?w=64", "png?w=64", "avif?w=64", "jxl?w=64", "jpg?w=64&meta=rights"]) {
          const picture = await app.request(`/i/john/${stem}.${target}`);
          if (picture.status !== 200) {
            await picture.body?.cancel();
            continue;
          }
          const ending = target.split("?")[0];
          await Deno.writeFile(`${folder}/${n}-${looked++}.${ending}`, new Uint8Array(await picture.arrayBuffer()));
        }
      }
      for (const one of await exif(["-r", folder])) {
        const leaked = Object.keys(one).filter((key) => PRIVATE.test(key));
        assertEquals(leaked, [], String(one.SourceFile));
        found += leaked.length;
      }
      assert(known.length > 0 && looked > 0);
      measure(
        `${found} private tags in ${looked} derivatives of ${sources.length} pictures ` +
          `(${withPlace.length} of them with a position)`,
      );
    } finally {
      await app.close();
    }
  }), { ignore: !canLook });
