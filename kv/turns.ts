/**
 * Turns: work of one key runs one after the other (or a few at once), other keys aside.
 *
 * Inside one process nobody then loses an optimistic race to a neighbour: fifty uploads of one user are fifty commits
 * and not up to fifty times fifty.
 *
 * @module
 */

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/** See the module's comment. */
export class Turns<K> {
  #lines = new Map<K, Line>();
  #atOnce: number;

  /** @param atOnce how many of one key may run at the same time */
  constructor(atOnce = 1) {
    this.#atOnce = atOnce;
  }

  /** Runs `work` when its turn has come, first come first served. Not for work that takes a turn of the same key. */
  async run<T>(key: K, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { running: 0, waiting: [] };
    this.#lines.set(key, line);
    if (line.running < this.#atOnce) line.running++;
    else await new Promise<void>((resolve) => line.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if (--line.running === 0) this.#lines.delete(key);
    }
  }
}
