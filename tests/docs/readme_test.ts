import { assertEquals, assertStringIncludes } from "@std/assert";
import { makeReadme, README } from "./readme.ts";

const readme = await Deno.readTextFile(README);

Deno.test("README has the tables as they are in the code", () => assertEquals(readme, makeReadme(readme)));

Deno.test("README names every package of the import map with its reason", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  for (const name of Object.keys(imports)) assertStringIncludes(readme, `\`${name.replace(/\/$/, "")}\``);
});

Deno.test("README names every folder and file of the top level", async () => {
  const root = new URL("../../", import.meta.url);
  const ignored = (await Deno.readTextFile(new URL(".gitignore", root))).split("\n").map((l) => l.replaceAll("/", ""));
  for await (const { name } of Deno.readDir(root)) {
    if (name === ".git" || ignored.includes(name)) continue;
    assertStringIncludes(readme, `\`${name}`);
  }
});
