/**
 * Software bill of materials: everything that the lock files name, as CycloneDX 1.6.
 *
 *     deno task sbom > sbom.json
 *
 * Format: https://cyclonedx.org/docs/1.6/json/ · package addresses: https://github.com/package-url/purl-spec
 *
 * @module
 */

/** A package. */
export interface Component {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: "SHA-512" | "SHA-256"; readonly content: string }[];
}

/** What needs what. */
export interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/** The document; it has neither time nor serial number, so that the same locks give the same bytes. */
export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: {
    readonly component: {
      readonly type: "application";
      readonly "bom-ref": string;
      readonly name: string;
      readonly version: string;
    };
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
}

interface Package {
  readonly component: Component;
  readonly needs: readonly string[];
}

interface DenoLock {
  readonly version: string;
  readonly npm?: Readonly<
    Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>
  >;
}

const hexOfBase64 = (text: string) => Uint8Array.fromBase64(text).toHex();

/** @throws {Error} where the lock is of a version whose layout is not known here */
export function readDenoLock(text: string): Package[] {
  const lock = JSON.parse(text) as DenoLock;
  if (lock.version !== "5") throw new Error(`Lock version ${lock.version} is not known, only 5`);
  const npm = Object.entries(lock.npm ?? {});
  // `name@version_peer@version`: the peers are no part of what is installed under that name.
  const named = npm.map(([key, row]) => ({ key, row, id: /^(@?[^@]+)@([^_]+)/.exec(key)! }));
  const refs = new Map<string, string>();
  for (const { key, id: [whole, name = "", version = ""] } of named) {
    for (const alias of [key, whole, name]) refs.set(alias, `pkg:npm/${name.replace("@", "%40")}@${version}`);
  }
  const packages = named.map(({ key, row, id: [, full = "", version = ""] }): Package => {
    const [group, name] = full.startsWith("@") ? full.split("/") as [string, string] : [undefined, full];
    const purl = refs.get(key)!;
    const hashes = [{ alg: "SHA-512" as const, content: hexOfBase64(row.integrity.replace(/^sha512-/, "")) }];
    const component = { type: "library" as const, "bom-ref": purl, name, version, purl, hashes };
    const needs = (row.dependencies ?? []).flatMap((needed) => refs.get(needed) ?? []);
    return { component: group === undefined ? component : { ...component, group }, needs };
  });
  // With other peers a package stands twice in the lock.
  return [...new Map(packages.map((p) => [p.component.purl, p])).values()];
}

/** Reads crates.lock: Cargo's own format without the line of the registry. Our own crate has no checksum. */
export function readCratesLock(text: string): Package[] {
  const blocks = text.split("[[package]]").slice(1).map((block) => {
    const value = (key: string) => new RegExp(`^${key} = "(.+)"$`, "m").exec(block)?.[1] ?? "";
    const needs = /^dependencies = \[([^\]]*)\]/m.exec(block)?.[1] ?? "";
    const names = [...needs.matchAll(/"([^"]+)"/g)].map((match) => match[1]!);
    return { name: value("name"), version: value("version"), checksum: value("checksum"), names };
  });
  const refs = new Map<string, string>();
  for (const { name, version } of blocks) {
    for (const alias of [name, `${name} ${version}`]) refs.set(alias, `pkg:cargo/${name}@${version}`);
  }
  return blocks.map(({ name, version, checksum, names }) => {
    const purl = `pkg:cargo/${name}@${version}`;
    const hashes = checksum === "" ? [] : [{ alg: "SHA-256" as const, content: checksum }];
    const component = { type: "library" as const, "bom-ref": purl, name, version, purl, hashes };
    return { component, needs: names.flatMap((needed) => refs.get(needed) ?? []) };
  });
}

/** Reads codec/avif/sources.lock, as sha256sum writes it: the archives of C that the AVIF encoder is built from. */
export function readSourcesLock(text: string): Package[] {
  const rows = [...text.matchAll(/^([0-9a-f]{64}) {2}([a-z_]+)[_-](\d+(?:\.\d+)+)/gm)];
  return rows.map(([, content = "", name = "", version = ""]) => {
    const purl = `pkg:generic/${name}@${version}`;
    const hashes = [{ alg: "SHA-256" as const, content }];
    return { component: { type: "library" as const, "bom-ref": purl, name, version, purl, hashes }, needs: [] };
  });
}

/** Puts the document together; components by their address, each dependency once. */
export function makeSbom(
  program: { readonly name: string; readonly version: string },
  packages: readonly Package[],
): Sbom {
  const ref = `${program.name}@${program.version}`;
  const sorted = packages.toSorted((a, b) => (a.component.purl < b.component.purl ? -1 : 1));
  const needed = new Set(sorted.flatMap(({ needs }) => needs));
  const roots = sorted.map(({ component }) => component.purl).filter((purl) => !needed.has(purl));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", "bom-ref": ref, ...program } },
    components: sorted.map(({ component }) => component),
    dependencies: [
      { ref, dependsOn: roots },
      ...sorted.map(({ component, needs }) => ({ ref: component.purl, dependsOn: [...new Set(needs)].toSorted() })),
    ],
  };
}

/** The document of this checkout. */
export async function sbomOfCheckout(): Promise<Sbom> {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const { name, version } = JSON.parse(await read("deno.json"));
  const packages = [
    ...readDenoLock(await read("deno.lock")),
    ...readCratesLock(await read("codec/core/crates.lock")),
    ...readSourcesLock(await read("codec/avif/sources.lock")),
  ];
  return makeSbom({ name, version }, packages);
}

if (import.meta.main) console.log(JSON.stringify(await sbomOfCheckout(), null, 2));
