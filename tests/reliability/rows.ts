/**
 * Threats (T) and faults (F) that the service holds out against, each with the figure to hold. Tests in this folder are
 * named by these rows; docs/reliability.md is made from what they measured.
 *
 * @module
 */

/** What is tried, and what must hold then. */
export interface Row {
  readonly what: string;
  readonly hold: string;
}

const THREATS = {
  T1: { what: "pixel flood", hold: "4xx within a second, codec memory grows by at most 64 MB, no 5xx" },
  T2: { what: "animation flood", hold: "refused, or the frames within the caps; never a hang" },
  T3: { what: "CPU bomb", hold: "504 or 422 within the deadline + 500 ms, the next request served within a second" },
  T4: { what: "metadata bomb", hold: "taken or 4xx, at most 64 MB above the baseline" },
  T5: { what: "decoder crash, trap, out of memory", hold: "no exit, no 5xx, the pool whole within a second" },
  T6: {
    what: "memory safety",
    hold: "own WASM imports nothing, packages' imports are an allowlist, memory has a maximum",
  },
  T7: { what: "pixels left in a reused instance", hold: "no run of 16 bytes of one user's picture in another's" },
  T8: {
    what: "polyglots, wrong endings and types",
    hold: "kind by bytes alone; trailing bytes gone after a transform",
  },
  T9: { what: "script in SVG", hold: "no script reaches a reader's page" },
  T10: { what: "external entities and references", hold: "no connection, no file opened" },
  T11: { what: "requests to private addresses", hold: "no connection to a canary, no redirect followed" },
  T12: { what: "other tenants' data", hold: "no leak in every route × credential; absent and forbidden look the same" },
  T13: { what: "mass assignment", hold: "unknown and privileged fields are refused or ignored" },
  T14: { what: "forged tokens", hold: "none accepted" },
  T15: { what: "leaked keys", hold: "no key in KV or log; a revoked key refused within a second" },
  T16: { what: "tampered links", hold: "none accepted, whatever is changed" },
  T17: { what: "quota race", hold: "200 uploads at quota − 10: exactly 10 pass" },
  T18: { what: "rate limit bypass", hold: "at most limit × 1.05 admitted, forged addresses included" },
  T19: { what: "variants without end", hold: "10,000 widths: stored at most the cap" },
  T20: { what: "oversized and false bodies", hold: "4xx after at most limit + 64 KB" },
  T21: { what: "slow connections", hold: "2,000 slow ones: others' p99 at most doubled, each closed within 30 s" },
  T22: { what: "mixed up cache keys", hold: "1,000 random requests in parallel: bytes of a cold server" },
  T23: { what: "path traversal, header injection", hold: "no write outside the blobs, no CR or LF in headers" },
  T24: { what: "private metadata", hold: "no GPS tag in any derivative" },
  T25: { what: "chatty errors", hold: "no stack, path or key in any error" },
  T26: { what: "lost acknowledged uploads", hold: "kill -9 at any time: none lost, no record without bytes" },
  T27: { what: "supply chain", hold: "locked, licences and sources checked, WASM reproducible" },
  T28: { what: "too many privileges", hold: "an exact permission list; codec processes have none" },
} as const satisfies Record<string, Row>;

const FAULTS = {
  F1: { what: "kill -9 between the steps of a change", hold: "the six invariants; a retry gives one image" },
  F2: { what: "power loss", hold: "as F1, for what was synced (order of syncs, seen by strace)" },
  F3: { what: "blob store down", hold: "upload 503, kept derivatives 200, /ready 503, recovered within 5 s" },
  F4: { what: "blob store slow or failing", hold: "at most 3 tries and 5 s, no error cached" },
  F5: { what: "cut or flipped blob", hold: "502, not cached; never a part as the whole" },
  F6: { what: "KV conflict storm", hold: "200 clients on one key: no lost update, sums exact" },
  F7: { what: "KV file locked", hold: "an error within 5 s, no hang" },
  F8: { what: "disk full", hold: "507 or 503, reads go on, no cut blob, recovery" },
  F9: { what: "codec trap", hold: "that request alone fails; replaced within a second" },
  F10: { what: "codec hang", hold: "killed at the deadline, 504, the pool whole again" },
  F11: { what: "codec out of memory", hold: "422, memory back" },
  F12: { what: "the same poisonous file again and again", hold: "neighbours' p99 at most doubled" },
  F13: { what: "clients that go away", hold: "nothing left behind, work nobody waits for cancelled" },
  F14: { what: "slow readers", hold: "closed; others not slowed" },
  F15: { what: "10,000 at once for one new derivative", hold: "one transform, equal bodies, errors not cached" },
  F16: { what: "ten times the capacity", hold: "quick refusals, goodput at least 80 %, memory bounded" },
  F17: { what: "clock that leaps", hold: "limits not stuck, links by the server's clock" },
  F18: { what: "identity provider down, slow, garbled", hold: "known keys go on; one fetch a cool-down; never accept" },
  F19: { what: "deploy in the middle of requests", hold: "/ready 503 at once, requests finish, exit 0, nothing lost" },
  F20: { what: "webhook twice, late, out of order", hold: "each event counts once" },
  F21: { what: "the same upload in parallel", hold: "one image, the same answer" },
  F22: { what: "delete during transform and upload", hold: "no resurrection; histories linearizable an image" },
  F23: { what: "two servers on one KV", hold: "quotas exact, one transform a server at most" },
  F24: { what: "a record that can't be read", hold: "that record alone is a 500; lists go on" },
  F25: { what: "restore from a backup", hold: "everything from before the snapshot is readable" },
} as const satisfies Record<string, Row>;

/** Every row by its name. */
export const ROWS = { ...THREATS, ...FAULTS } as const;
/** Name of a row. */
export type RowName = keyof typeof ROWS;
