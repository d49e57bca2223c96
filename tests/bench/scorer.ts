/**
 * SSIMULACRA2 by the native program in score/, built on the spot; null where there is no cargo.
 *
 * @module
 */
import type { Size } from "../../codec/geometry.ts";
import { temporaryFolder } from "./children.ts";

/** Scores pictures of one size against a reference; all are RGBA. 100 is equal, 90 can't be told apart. */
export type Scorer = (size: Size, reference: Uint8Array, pictures: readonly Uint8Array[]) => Promise<number[]>;

const MANIFEST = new URL("./score/Cargo.toml", import.meta.url).pathname;
const PROGRAM = new URL("./score/target/release/imgsrc-score", import.meta.url).pathname;

async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr).slice(-2_000)}`);
  return new TextDecoder().decode(stdout);
}

async function score(size: Size, reference: Uint8Array, pictures: readonly Uint8Array[]): Promise<number[]> {
  await using folder = await temporaryFolder();
  const paths = [reference, ...pictures].map((_, i) => `${folder.path}/${i}.rgba`);
  for (const [i, pixels] of [reference, ...pictures].entries()) await Deno.writeFile(paths[i]!, pixels);
  const lines = await run(PROGRAM, [`${size.width}`, `${size.height}`, ...paths]);
  return lines.trim().split("\n").map(Number);
}

/** Builds the program, which takes a minute the first time. Says so when it can't. */
export async function createScorer(): Promise<Scorer | null> {
  try {
    await run("cargo", ["build", "--release", "--quiet", "--manifest-path", MANIFEST]);
  } catch (error) {
    console.error(`Skipped: SSIMULACRA2, since its program can't be built: ${(error as Error).message}`);
    return null;
  }
  return score;
}
