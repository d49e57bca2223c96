/**
 * Why a row has no figure, or one that misses what is to be held: said here and nowhere else.
 *
 * @module
 */
import type { RowName } from "./rows.ts";

/** Shown in docs/reliability.md beside the figure. */
export const EXPLAINED: Readonly<Partial<Record<RowName, string>>> = {
  T1: "400 INVALID_FILE by the contract; the time is that of a machine that does other work too",
  T5:
    "two cores are shared by two codec processes at work, the server and the client; the p99 of a hundred is nearly the " +
    "slowest. Taken in turn by user, the neighbour waits for no one else's queue",
  F12: "as in T5; eight clients send without a pause, so that the one thread of server and clients is never free",
  T21:
    "the gate closes a connection without a whole head after ten seconds; the p99 beside it is of one process on the " +
    "same two cores as its two thousand clients",
  F2:
    "a simulation: the order of syncs is seen by strace, no power is cut; what a disk does after a sync that it has " +
    "acknowledged is outside of it",
  F7:
    "SQLite waits inside Deno KV: the answer comes after four seconds of waiting. What an upload may have changed has to " +
    "be asked for again, so that a picture of the same user may be 503, too",
  F8: "a derivative that is new is paid for by a commit, and 507 while that finds no space; kept ones are served",
  F11: "the pool starts anew what has run out of memory: what is compared is the sum over processes",
  F16:
    "missed, 48 to 70 % in four runs: clients, server and codec processes share two cores here, so that what the clients " +
    "take (about 0.3 of a core) is missing from the goodput, and one thread leads every picture and every refusal through",
  F25: "what is deleted between the copy of KV and the copy of the blobs comes back as a record without bytes; " +
    "`admin verify` names each of them",
};
