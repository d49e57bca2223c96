/**
 * Reads what `/metrics` answers.
 *
 * @module
 */

/** Samples by `name{labels}`. @throws where a line is neither a comment nor a sample of a family told before */
export function parseMetrics(text: string): Map<string, number> {
  const families = new Set<string>();
  const samples = new Map<string, number>();
  for (const line of text.split("\n").slice(0, -1)) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) families.add(type[1]!);
    if (line.startsWith("# ")) continue;
    const sample = /^(\w+?)(_bucket|_sum|_count)?(\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})? (\S+)$/.exec(line);
    if (sample === null || !(families.has(sample[1]!) || families.has(sample[1]! + (sample[2] ?? "")))) {
      throw new Error(`Not a sample of a known family: ${line}`);
    }
    samples.set(line.slice(0, line.lastIndexOf(" ")), Number(sample[4]));
  }
  return samples;
}
