import { assert, assertEquals, assertThrows } from "@std/assert";
import { makeSbom, readCratesLock, readDenoLock, readSourcesLock, sbomOfCheckout } from "./sbom.ts";

const HASH = "A".repeat(86) + "==";

Deno.test("readDenoLock() takes scoped names, peers and dependencies with or without a version", () => {
  const packages = readDenoLock(JSON.stringify({
    version: "5",
    npm: {
      "@s/a@1.0.0": { integrity: `sha512-${HASH}`, dependencies: ["b", "c@3.0.0"] },
      "b@2.0.0_c@3.0.0": { integrity: `sha512-${HASH}` },
      "c@3.0.0": { integrity: `sha512-${HASH}` },
    },
  }));
  assertEquals(packages.map(({ component }) => component.purl), [
    "pkg:npm/%40s/a@1.0.0",
    "pkg:npm/b@2.0.0",
    "pkg:npm/c@3.0.0",
  ]);
  assertEquals([packages[0]!.component.group, packages[0]!.component.name], ["@s", "a"]);
  assertEquals(packages[0]!.needs, ["pkg:npm/b@2.0.0", "pkg:npm/c@3.0.0"]);
  assertEquals(packages[0]!.component.hashes, [{ alg: "SHA-512", content: "0".repeat(128) }]);
  assertThrows(() => readDenoLock('{"version":"4"}'), Error, "not known");
});

Deno.test("readCratesLock() takes checksums and dependencies, and our own crate without one", () => {
  const packages = readCratesLock(`version = 4

[[package]]
name = "core"
version = "0.1.0"
dependencies = [
 "png",
 "syn 2.0.0",
]

[[package]]
name = "png"
version = "0.18.1"
checksum = "ab"

[[package]]
name = "syn"
version = "1.0.0"
checksum = "cd"

[[package]]
name = "syn"
version = "2.0.0"
checksum = "ef"
`);
  assertEquals(packages.map(({ component }) => component.hashes.length), [0, 1, 1, 1]);
  assertEquals(packages[0]!.needs, ["pkg:cargo/png@0.18.1", "pkg:cargo/syn@2.0.0"]);
});

Deno.test("readSourcesLock() takes names and versions out of the archives' names", () => {
  const hash = "0".repeat(64);
  const packages = readSourcesLock(`${hash}  aom_3.14.1.orig.tar.xz\n${hash}  cmeel_simde-0.8.2-0-py3-none-any.whl\n`);
  assertEquals(packages.map(({ component }) => component.purl), [
    "pkg:generic/aom@3.14.1",
    "pkg:generic/cmeel_simde@0.8.2",
  ]);
  assertEquals(packages[0]!.component.hashes, [{ alg: "SHA-256", content: hash }]);
});

Deno.test("makeSbom() hangs what nothing else needs on the program", () => {
  const packages = readCratesLock(
    '[[package]]\nname = "a"\nversion = "1"\ndependencies = [\n "b",\n]\n\n[[package]]\nname = "b"\nversion = "1"\n',
  );
  const { dependencies } = makeSbom({ name: "p", version: "1" }, packages);
  assertEquals(dependencies, [
    { ref: "p@1", dependsOn: ["pkg:cargo/a@1"] },
    { ref: "pkg:cargo/a@1", dependsOn: ["pkg:cargo/b@1"] },
    { ref: "pkg:cargo/b@1", dependsOn: [] },
  ]);
});

Deno.test("the bill of this checkout names every package of both locks, with a whole hash and known references", async () => {
  const { components, dependencies, metadata } = await sbomOfCheckout();
  assertEquals(metadata.component.name, "imgsrc");
  const refs = new Set([...components.map((c) => c["bom-ref"]), metadata.component["bom-ref"]]);
  assertEquals(refs.size, components.length + 1, "no reference stands twice");
  for (const { name, version, hashes } of components) {
    assert(version !== "" && (hashes.length === 1 || name === "imgsrc-core"), name);
    for (const { alg, content } of hashes) assertEquals(content.length, alg === "SHA-512" ? 128 : 64, name);
  }
  for (const { ref, dependsOn } of dependencies) {
    assert(refs.has(ref), ref);
    for (const needed of dependsOn) assert(refs.has(needed), `${ref} needs ${needed}`);
  }
  const imports = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url))).imports;
  for (const specifier of Object.values<string>(imports).filter((text) => text.startsWith("npm:"))) {
    const purl = `pkg:npm/${specifier.slice("npm:".length).replace(/^@/, "%40")}`;
    assert(refs.has(purl), purl);
  }
});
