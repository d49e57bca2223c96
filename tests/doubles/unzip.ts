/**
 * Reads ZIP files with somebody else's reader: Python's zipfile, where there is a Python.
 *
 * @module
 */

const SCRIPT = `
import sys, json, zipfile, hashlib
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, i.file_size, hashlib.sha256(z.read(i)).hexdigest(), z.read(i).decode("utf-8") if i.file_size < 20000 and i.filename.endswith((".json", ".jsonl", ".txt")) else None] for i in z.infolist()]))
`;

/** A file of a ZIP. */
export interface UnzippedFile {
  readonly name: string;
  readonly size: number;
  /** SHA-256, hex. */
  readonly hash: string;
  /** Of small text files. */
  readonly text: string | null;
}

/** Whether there is a reader on this machine. */
export async function canUnzip(): Promise<boolean> {
  try {
    return (await new Deno.Command("python3", { args: ["-c", "import zipfile"] }).output()).success;
  } catch {
    return false;
  }
}

/** Checks a ZIP whole and lists its files. */
export async function unzip(bytes: Uint8Array): Promise<UnzippedFile[]> {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, bytes);
    const { success, stdout, stderr } = await new Deno.Command("python3", { args: ["-c", SCRIPT, path] }).output();
    if (!success) throw new Error(`ZIP is broken: ${new TextDecoder().decode(stderr)}`);
    const rows = JSON.parse(new TextDecoder().decode(stdout)) as [string, number, string, string | null][];
    return rows.map(([name, size, hash, text]) => ({ name, size, hash, text }));
  } finally {
    await Deno.remove(path);
  }
}
