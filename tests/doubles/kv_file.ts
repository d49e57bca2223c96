/**
 * What goes wrong with a KV file behind its server's back.
 *
 * @module
 */
import type { DatabaseSync } from "node:sqlite";
import { assertEquals } from "@std/assert";

/** A process that holds the file's write lock until the function that is given back is called. */
export async function lockFromOutside(file: string): Promise<() => Promise<void>> {
  const code = `import { DatabaseSync } from "node:sqlite";
    const db = new DatabaseSync(${JSON.stringify(file)});
    db.exec("BEGIN EXCLUSIVE");
    console.log("locked");
    await Deno.stdin.read(new Uint8Array(1));
    db.exec("ROLLBACK");`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", code], stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value).trim(), "locked");
  return async () => {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
  };
}

const textHex = (text: string) =>
  [...new TextEncoder().encode(text)].map((b) => b.toString(16).padStart(2, "0")).join("");
const keyHex = (key: Deno.KvKey) => key.map((part) => `02${textHex(String(part))}00`).join("");

/** Makes the bytes of a row none of a value. @param key of texts alone */
export function spoilRow(db: DatabaseSync, key: Deno.KvKey): void {
  const done = db.prepare(`update kv set v = x'00ff' where hex(k) = upper('${keyHex(key)}')`).run();
  assertEquals(Number(done.changes), 1);
}
