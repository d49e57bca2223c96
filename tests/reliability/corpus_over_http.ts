/**
 * Files of the corpus through the real endpoints: an upload each, and a small derivative of what was taken.
 *
 * @module
 */
import type { TestApp, TestUser } from "../doubles/app.ts";
import { CORPUS, type CorpusFile } from "../corpus/manifest.ts";

/** How a file fared. */
export interface HttpOutcome {
  readonly file: CorpusFile;
  readonly uploaded: number;
  /** Status of the derivative; null where the upload was refused. */
  readonly delivered: number | null;
  readonly ms: number;
}

const AT_ONCE = 8;

/** Reads a file of the corpus. */
export function corpusBytes({ path }: Pick<CorpusFile, "path">): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(path.split("/").map(encodeURIComponent).join("/"), CORPUS));
}

async function runOne(app: TestApp, by: TestUser, file: CorpusFile, n: number): Promise<HttpOutcome> {
  const start = performance.now();
  const ending = file.path.split(".").at(-1)!.toLowerCase();
  const bytes = await corpusBytes(file);
  const path = `c/${n}.${/^[a-z0-9]{2,5}$/.test(ending) ? ending : "png"}`;
  const upload = await app.upload(by, bytes, path.slice(2), { path });
  const answer = await upload.json();
  if (upload.status !== 201) return { file, uploaded: upload.status, delivered: null, ms: performance.now() - start };
  const found = await app.deps.images.get(by.user.id, answer.id);
  const stem = found!.paths[0]!.replace(/\.[^.]+$/, "");
  const picture = await app.request(`/i/${by.user.name}/${stem}.webp?w=64`);
  await picture.body?.cancel();
  return { file, uploaded: upload.status, delivered: picture.status, ms: performance.now() - start };
}

/** Runs files, eight at once. */
export async function runOverHttp(app: TestApp, by: TestUser, files: readonly CorpusFile[]): Promise<HttpOutcome[]> {
  const waiting = files.map((file, n) => [file, n] as const);
  const outcomes: HttpOutcome[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes.push(await runOne(app, by, ...next));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

/** The p-th part of the smallest values, 0 … 1. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0;
}
