/**
 * Which derivatives were used lately: gathered in memory, written down now and then in batches. A hit writes nothing,
 * and a process that is killed forgets at most the uses of the last minute.
 *
 * @module
 */
import type { DerivativeRows, DerivativeUse } from "./derivative_rows.ts";
import type { Derivatives } from "./derivatives.ts";
import type { DerivativeKin } from "./records.ts";
import type { OriginalRef } from "./keys.ts";

/** Most uses in memory, about 10 MB; what comes beyond is forgotten, the oldest first. */
const MAX_NOTED = 20_000;
/** Rows written by one flush: 100 commits. */
const MAX_FLUSHED = 1_000;

type Noted = { -readonly [Field in keyof DerivativeUse]: DerivativeUse[Field] };

/** See the module's comment. */
export class DerivativeUses {
  #rows: DerivativeRows;
  #derivatives: Derivatives;
  #now: () => number;
  #noted = new Map<string, Noted>();

  constructor(rows: DerivativeRows, derivatives: Derivatives, now: () => number) {
    this.#rows = rows;
    this.#derivatives = derivatives;
    this.#now = now;
  }

  /** Notes that a stored derivative was used. */
  note(original: OriginalRef, key: string, kin: DerivativeKin): void {
    const id = `${original.nonce}/${key}`;
    const known = this.#noted.get(id);
    if (known !== undefined) known.atMs = this.#now();
    else this.#noted.set(id, { original, key, kin, atMs: this.#now() });
    if (this.#noted.size > MAX_NOTED) this.#noted.delete(this.#noted.keys().next().value!);
  }

  /** Writes uses down, those noted first before others. What fails is lost: it is about order alone. */
  async flush(): Promise<void> {
    const uses: DerivativeUse[] = [];
    for (const [id, use] of this.#noted) {
      if (uses.length === MAX_FLUSHED) break;
      uses.push(use);
      this.#noted.delete(id);
    }
    for (const use of await this.#rows.touch(uses)) await this.#adopt(use);
  }

  /** A blob without a row, e.g. of a time before there were rows. */
  async #adopt({ original, key, kin, atMs }: DerivativeUse): Promise<void> {
    const bytes = await this.#derivatives.check(original, key);
    if (bytes !== null) await this.#rows.adopt({ original, key }, kin, bytes, atMs);
  }
}
