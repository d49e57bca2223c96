/**
 * The other instances of this service: which ones live, and word of what they must forget.
 *
 * Each instance has a row that it writes anew every second, and a mailbox. Who changed what others may remember puts a
 * row into every mailbox and rings a bell there that the owner watches; the owner forgets and deletes the row, and that
 * is its receipt. Whether an instance lives is judged by whether its row changes, on one's own clock alone: clocks of
 * different machines are never compared.
 *
 * An instance that does not answer holds nobody up for more than {@linkcode TELL_MS}. After that long nothing that it
 * remembered of a path counts any more (kv/known_paths.ts), so even then nobody is served what is gone.
 *
 * @module
 */
import type { ImageId, UserId, UserName } from "./ids.ts";
import { mailboxPrefix, mailKey, peerBellKey, peerKey, peersPrefix } from "./keys.ts";
import type { OriginalRef } from "./keys.ts";
import type { Store } from "./store.ts";

/** What an instance is to forget of a user: always what it knows of their paths. */
export interface Forget {
  readonly user: UserId;
  /** Originals whose derivatives go from memory, too; `all` = everything of the user. */
  readonly originals: readonly OriginalRef[] | "all";
  /** Images that are gone. */
  readonly gone: readonly ImageId[];
  /** Set when the user is gone. */
  readonly name: UserName | null;
}

/** Tells every instance what to forget. */
export interface Teller {
  /**
   * Forgets here and elsewhere, and waits for the others, but not longer than {@linkcode TELL_MS}.
   *
   * @returns how many instances have forgotten, this one among them
   */
  tell(forget: Forget): Promise<number>;
}

/** What an instance needs. */
export interface PeersDeps {
  /** Of this instance, unlike that of any other. */
  readonly id: string;
  readonly now: () => number;
  readonly newUuid: () => string;
  readonly sleep: (ms: number) => Promise<void>;
  /** Forgets here. */
  readonly forget: (forget: Forget) => void;
  /** Told of failures that hold nobody up. */
  readonly onError: (what: string, error: unknown) => void;
}

/** A row of the registry. */
interface PeerRow {
  readonly v: 1;
  readonly startedAtMs: number;
  readonly beats: number;
}

/** Longest wait for the others. */
export const TELL_MS = 1_000;
/** How often an instance says that it lives, and looks into its mailbox without being rung for. */
export const BEAT_MS = 1_000;
/** A row that has not changed for this long belongs to an instance that is gone. */
const LIVING_MS = 3 * BEAT_MS;
/** Then its rows are removed. */
const BURIED_MS = 60_000;
const MAIL_LIFETIME_MS = 60_000;
/** Instances of one commit. */
const TOLD_AT_ONCE = 20;
const FIRST_LOOK_MS = 3;
const LAST_LOOK_MS = 50;

/** For one instance alone. */
export function alone(forget: (forget: Forget) => void): Teller {
  return {
    tell(what) {
      forget(what);
      return Promise.resolve(1);
    },
  };
}

/** See the module's comment. */
export class Peers implements Teller {
  #store: Store;
  #deps: PeersDeps;
  /** When each row was seen to change, on our clock. */
  #seen = new Map<string, { readonly versionstamp: string; readonly atMs: number }>();
  #beats = 0;
  #startedAtMs: number;
  #watching: { cancel(): Promise<void> } | null = null;
  #isStopped = false;
  #reading: Promise<void> = Promise.resolve();

  constructor(store: Store, deps: PeersDeps) {
    this.#store = store;
    this.#deps = deps;
    this.#startedAtMs = deps.now();
  }

  /** Enters this instance into the registry; to be called before it serves anybody. */
  async start(): Promise<void> {
    await this.#beat();
    void this.#watch();
  }

  /** To be called every {@linkcode BEAT_MS}. */
  async beat(): Promise<void> {
    await this.#beat();
    await this.#readMail();
    await this.#living();
  }

  async #beat(): Promise<void> {
    const row: PeerRow = { v: 1, startedAtMs: this.#startedAtMs, beats: ++this.#beats };
    await this.#store.commit(this.#store.atomic().set(peerKey(this.#deps.id), row));
  }

  /** Reads the mailbox whenever the bell rings; begun anew when the connection is lost. */
  async #watch(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const reader = this.#store.watch(peerBellKey(this.#deps.id)).getReader();
        this.#watching = reader;
        while (!(await reader.read()).done) await this.#readMail();
      } catch (error) {
        if (!this.#isStopped) this.#deps.onError("peers_watch", error);
      }
      if (!this.#isStopped) await this.#deps.sleep(BEAT_MS);
    }
  }

  #readMail(): Promise<void> {
    return this.#reading = this.#reading.catch(() => {}).then(async () => {
      for await (const { key, value } of this.#store.list<Forget>({ prefix: mailboxPrefix(this.#deps.id) })) {
        this.#deps.forget(value);
        await this.#store.commit(this.#store.atomic().delete(key));
      }
    });
  }

  /** The other instances that live; rows of those long gone are removed on the way. */
  async #living(): Promise<string[]> {
    const living: string[] = [];
    const now = this.#deps.now();
    for await (const { key, versionstamp } of this.#store.list<PeerRow>({ prefix: peersPrefix })) {
      const id = key.at(-1) as string;
      if (id === this.#deps.id) continue;
      let seen = this.#seen.get(id);
      if (seen?.versionstamp !== versionstamp) this.#seen.set(id, seen = { versionstamp, atMs: now });
      if (now - seen.atMs < LIVING_MS) living.push(id);
      else if (now - seen.atMs > BURIED_MS) await this.#bury(id);
    }
    return living;
  }

  async #bury(id: string): Promise<void> {
    await this.#store.commit(this.#store.atomic().delete(peerKey(id)).delete(peerBellKey(id)));
    await this.#store.deleteAll(mailboxPrefix(id));
    this.#seen.delete(id);
  }

  /** How many instances live, this one among them. */
  async count(): Promise<number> {
    return (await this.#living()).length + 1;
  }

  async tell(forget: Forget): Promise<number> {
    this.#deps.forget(forget);
    const sentAtMs = this.#deps.now();
    try {
      const mail = await this.#send(await this.#living(), forget);
      return 1 + mail.length - await this.#unread(mail, sentAtMs + TELL_MS);
    } catch (error) {
      // The change itself is committed. What others remember of it ends by itself, in the time that is waited here.
      this.#deps.onError("peers_tell", error);
      await this.#deps.sleep(Math.max(0, sentAtMs + TELL_MS - this.#deps.now()));
      return 1;
    }
  }

  async #send(peers: readonly string[], forget: Forget): Promise<Deno.KvKey[]> {
    const mail = peers.map((id) => ({ id, key: mailKey(id, this.#deps.newUuid()) }));
    for (let at = 0; at < mail.length; at += TOLD_AT_ONCE) {
      const operation = this.#store.atomic();
      for (const { id, key } of mail.slice(at, at + TOLD_AT_ONCE)) {
        operation.set(key, forget, { expireIn: MAIL_LIFETIME_MS }).set(peerBellKey(id), key.at(-1));
      }
      await this.#store.commit(operation);
    }
    return mail.map(({ key }) => key);
  }

  /** Waits until every row is gone. @returns how many are not */
  async #unread(mail: readonly Deno.KvKey[], untilMs: number): Promise<number> {
    let left = mail;
    for (let waitMs = FIRST_LOOK_MS; left.length > 0; waitMs = Math.min(LAST_LOOK_MS, waitMs * 2)) {
      await this.#deps.sleep(waitMs);
      const entries = await this.#store.getMany(left);
      left = left.filter((_, at) => entries[at]!.value !== null);
      if (this.#deps.now() >= untilMs) break;
    }
    return left.length;
  }

  /** Leaves the registry. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#watching?.cancel().catch(() => {});
    await this.#bury(this.#deps.id);
  }
}
