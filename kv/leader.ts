/**
 * Which of all instances does the scheduled jobs.
 *
 * @module
 */
import { type Lease, type Leases, type LeaseSeeker, RENEW_MS } from "./leases.ts";

const LEASE_NAME = "jobs";

/** See the module's comment. */
export class Leader {
  #seeker: LeaseSeeker | null;
  #now: () => number;
  #lease: Lease | null = null;
  #renewedAtMs = 0;
  #asking: Promise<boolean> | null = null;

  /** @param leases null = there is only this instance */
  constructor(leases: Leases | null, now: () => number) {
    this.#seeker = leases?.seek(LEASE_NAME) ?? null;
    this.#now = now;
  }

  /** Whether the jobs are this instance's now. To be asked about every second: whoever asks no more loses them. */
  isHere(): Promise<boolean> {
    return this.#asking ??= this.#ask().finally(() => this.#asking = null);
  }

  async #ask(): Promise<boolean> {
    if (this.#seeker === null) return true;
    if (this.#lease !== null) {
      if (this.#now() - this.#renewedAtMs < RENEW_MS / 2) return true;
      if (!await this.#lease.renew()) this.#lease = null;
    }
    this.#lease ??= await this.#seeker.tryTake();
    this.#renewedAtMs = this.#now();
    return this.#lease !== null;
  }

  /** Lets another instance have the jobs at once. */
  async resign(): Promise<void> {
    await this.#lease?.release();
    this.#lease = null;
  }
}
