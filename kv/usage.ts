/**
 * Usage counters: added up in memory, flushed in batches about once a second and on shutdown.
 *
 * A commit is an fsync (220–1,800 a second, measured) while 100 sums in one commit run at 27,000 a second: so no
 * request writes a counter of its own.
 *
 * @module
 */
import type { ApiKeyId, ImageId, UserId } from "./ids.ts";
import { apiKeyLastUsedKey, apiKeyRequestsKey, imageDeliveriesKey, presetUsesKey } from "./keys.ts";
import {
  type DayMetric,
  imageDeliveriesPrefix,
  USAGE_METRICS,
  usageDayKey,
  usageDaysPrefix,
  usageKey,
  type UsageMetric,
} from "./keys.ts";
import { addTo, type Store, toCount } from "./store.ts";

/** Month of a time as `YYYY-MM`, UTC. */
export function monthOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 7);
}

/** When the month of a time ends, and with it what was counted. */
export function monthEndMs(nowMs: number): number {
  const date = new Date(nowMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

/** Day of a time as `YYYY-MM-DD`, UTC. */
export function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10);
}

const FLUSH_BATCH = 100;
const READ_TRIES = 3;
/** Of one image's deliveries: forty years. */
const MAX_MONTHS = 480;
const DAY_MS = 24 * 3600 * 1000;

/** How often a picture was served, in how many bytes, and how many fewer than the original has. */
interface Served {
  count: number;
  bytes: number;
  savedBytes: number;
}

function mostServed<T extends { image: string; deliveries: number }>(rows: readonly T[], limit: number): T[] {
  return rows.toSorted((a, b) => b.deliveries - a.deliveries || (a.image < b.image ? -1 : 1)).slice(0, limit);
}

interface Sum {
  readonly key: Deno.KvKey;
  delta: number;
}

/** What one commit writes. */
interface Batch {
  /** Of the commit. */
  readonly id: string;
  readonly sums: Map<string, Sum>;
  readonly lastUsed: readonly [ApiKeyId, number][];
}

/** See the module's comment. */
export class UsageBuffer {
  #store: Store;
  #now: () => number;
  #newUuid: () => string;
  #sums = new Map<string, Sum>();
  /** Pictures served on {@linkcode #servedDay}, by user and image: not in the sums yet. */
  #served = new Map<UserId, Map<ImageId, Served>>();
  /** Days since 1970, UTC. */
  #servedDay = 0;
  #lastUsed = new Map<ApiKeyId, number>();
  /** Failed, but its commit may have happened, or may yet: it is carried out again as the same one. */
  #unsure: Batch | null = null;
  #flushing: Promise<void> = Promise.resolve();
  #flushes = 0;

  constructor(store: Store, now: () => number, newUuid: () => string) {
    this.#store = store;
    this.#now = now;
    this.#newUuid = newUuid;
  }

  #add(key: Deno.KvKey, delta: number): void {
    const id = key.join("\n");
    const sum = this.#sums.get(id);
    if (sum === undefined) this.#sums.set(id, { key, delta });
    else sum.delta += delta;
  }

  /** Counts something for a user in the current month and day. */
  count(user: UserId, metric: UsageMetric, delta = 1): void {
    this.#countAt(this.#now(), user, metric, delta);
  }

  #countAt(atMs: number, user: UserId, metric: UsageMetric, delta: number): void {
    if (delta === 0) return;
    this.#add(usageKey(user, monthOf(atMs), metric), delta);
    this.#add(usageDayKey(user, dayOf(atMs), metric), delta);
  }

  /** Counts something by day alone, whose month is counted exactly in a commit of its own. */
  countDay(user: UserId, metric: UsageMetric, delta: number): void {
    this.#add(usageDayKey(user, dayOf(this.#now()), metric), delta);
  }

  /**
   * Counts a picture that was served. Seven counters go up; they are added up once a flush, since making their keys
   * for each picture was a tenth of a hit's CPU time.
   *
   * @param bytes that were sent
   * @param originalBytes size of its original
   */
  countDelivery(user: UserId, image: ImageId, bytes: number, originalBytes: number): void {
    const day = Math.floor(this.#now() / DAY_MS);
    if (day !== this.#servedDay) {
      this.#addServed();
      this.#servedDay = day;
    }
    let images = this.#served.get(user);
    if (images === undefined) this.#served.set(user, images = new Map());
    let served = images.get(image);
    if (served === undefined) images.set(image, served = { count: 0, bytes: 0, savedBytes: 0 });
    served.count++;
    served.bytes += bytes;
    served.savedBytes += Math.max(0, originalBytes - bytes);
  }

  /** Adds what was served to the sums of its day and month. */
  #addServed(): void {
    const atMs = this.#servedDay * DAY_MS;
    for (const [user, images] of this.#served) {
      const all = { count: 0, bytes: 0, savedBytes: 0 };
      for (const [image, { count, bytes, savedBytes }] of images) {
        this.#add(imageDeliveriesKey(user, monthOf(atMs), image), count);
        all.count += count;
        all.bytes += bytes;
        all.savedBytes += savedBytes;
      }
      this.#countAt(atMs, user, "deliveries", all.count);
      this.#countAt(atMs, user, "bandwidth_bytes", all.bytes);
      this.#countAt(atMs, user, "bytes_saved", all.savedBytes);
    }
    this.#served.clear();
  }

  /** Drops what is not written yet of an image that is gone; the user's own sums stay. */
  forgetImage(user: UserId, image: ImageId): void {
    this.#addServed();
    const id = imageDeliveriesKey(user, monthOf(this.#now()), image).join("\n");
    this.#sums.delete(id);
    this.#unsure?.sums.delete(id);
  }

  /** Removes the deliveries of an image that is gone; the user's own sums stay. @param sinceMs when it came */
  async removeImage(user: UserId, image: ImageId, sinceMs: number): Promise<void> {
    await this.#flushing.catch(() => {});
    this.forgetImage(user, image);
    const operation = this.#store.atomic();
    for (
      let atMs = sinceMs, months = 0;
      atMs <= this.#now() && months < MAX_MONTHS;
      atMs = monthEndMs(atMs), months++
    ) {
      operation.delete(imageDeliveriesKey(user, monthOf(atMs), image));
    }
    await this.#store.commit(operation);
  }

  /** Counts a request made with an API key. */
  countKey(key: ApiKeyId): void {
    this.#add(apiKeyRequestsKey(key), 1);
    this.#lastUsed.set(key, this.#now());
  }

  /** Counts a picture served by a preset. */
  countPreset(user: UserId, id: string): void {
    this.#add(presetUsesKey(user, id), 1);
  }

  /** What counters stand at, with what has not been written yet. */
  async read(keys: readonly Deno.KvKey[]): Promise<number[]> {
    for (let round = 1;; round++) {
      await this.#flushing.catch(() => {});
      this.#addServed();
      const flushes = this.#flushes;
      const entries = await this.#store.getMany<Deno.KvU64>(keys);
      // What a flush has taken in between may stand on neither side, or on both.
      if (this.#flushes !== flushes && round < READ_TRIES) continue;
      const waiting = (id: string) => (this.#sums.get(id)?.delta ?? 0) + (this.#unsure?.sums.get(id)?.delta ?? 0);
      return keys.map((key, at) => Math.max(0, toCount(entries[at]!) + waiting(key.join("\n"))));
    }
  }

  /** All metrics of a month, `YYYY-MM`. */
  async month(user: UserId, month: string): Promise<Record<UsageMetric, number>> {
    const counts = await this.read(USAGE_METRICS.map((metric) => usageKey(user, month, metric)));
    return Object.fromEntries(USAGE_METRICS.map((metric, at) => [metric, counts[at]])) as Record<UsageMetric, number>;
  }

  /** All metrics of the last days up to today, oldest first. */
  async days(user: UserId, count: number): Promise<{ day: string; counts: Record<DayMetric, number> }[]> {
    const now = this.#now();
    const days = Array.from({ length: count }, (_, at) => dayOf(now - (count - 1 - at) * DAY_MS));
    const rows = new Map<string, number>();
    const selector = { prefix: usageDaysPrefix(user), start: [...usageDaysPrefix(user), days[0]!] };
    await this.flush();
    for await (const { key, value } of this.#store.list<Deno.KvU64>(selector)) {
      rows.set(`${String(key[2])} ${String(key[3])}`, Number(BigInt.asIntN(64, value.value)));
    }
    const countsOf = (day: string) =>
      Object.fromEntries(
        [...USAGE_METRICS, "stored_bytes"].map((metric) => [metric, rows.get(`${day} ${metric}`) ?? 0]),
      );
    return days.map((day) => ({ day, counts: countsOf(day) as Record<DayMetric, number> }));
  }

  /** The images that were served most in a month, most first. */
  async topImages(user: UserId, month: string, limit: number): Promise<{ image: ImageId; deliveries: number }[]> {
    await this.flush();
    let top: { image: ImageId; deliveries: number }[] = [];
    const prefix = imageDeliveriesPrefix(user, month);
    for await (const { key, value } of this.#store.list<Deno.KvU64>({ prefix })) {
      top.push({ image: key[3] as ImageId, deliveries: Number(value.value) });
      if (top.length >= 2 * limit + 100) top = mostServed(top, limit);
    }
    return mostServed(top, limit);
  }

  /** Writes what has gathered; a batch that fails is kept for the next flush. One flush at a time. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    this.#flushes++;
    if (this.#unsure !== null) await this.#write(this.#unsure);
    const lastUsed = [...this.#lastUsed];
    this.#lastUsed.clear();
    this.#addServed();
    const sums = [...this.#sums];
    this.#sums.clear();
    for (let at = 0; at < Math.max(sums.length, lastUsed.length); at += FLUSH_BATCH) {
      const end = at + FLUSH_BATCH;
      try {
        const batch = { sums: new Map(sums.slice(at, end)), lastUsed: lastUsed.slice(at, end) };
        await this.#write({ id: this.#newUuid(), ...batch });
      } catch (error) {
        for (const [, { key, delta }] of sums.slice(end)) this.#add(key, delta);
        for (const [key, atMs] of lastUsed.slice(end)) {
          if (!this.#lastUsed.has(key)) this.#lastUsed.set(key, atMs);
        }
        throw error;
      }
    }
  }

  async #write(batch: Batch): Promise<void> {
    const operation = this.#store.atomic();
    for (const { key, delta } of batch.sums.values()) addTo(operation, key, delta);
    for (const [key, atMs] of batch.lastUsed) operation.set(apiKeyLastUsedKey(key), atMs);
    try {
      await this.#store.commit(operation, batch.id);
      this.#unsure = null;
    } catch (error) {
      this.#unsure = batch;
      throw error;
    }
  }
}
