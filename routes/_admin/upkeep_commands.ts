/**
 * Commands that look after all data at once.
 *
 * @module
 */
import { TransferError } from "../../kv/upkeep/export.ts";
import { type AdminArgs, type AdminCommand, type AdminDeps, AdminError } from "./command.ts";

const MINUTE_MS = 60_000;
const MAX_MINUTES = 1_000_000;
/** More are counted but not shown. */
const MAX_FAULTS_SHOWN = 1_000;

function parseMinutes(text: string): number {
  const minutes = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (minutes <= MAX_MINUTES) return minutes;
  throw new AdminError(`--grace-minutes must be a whole number from 0 to ${MAX_MINUTES}, got "${text}"`);
}

/** An option that is on where it is named. */
function parseYes(name: string, text: string | undefined): boolean {
  if (text === undefined || text === "no") return false;
  if (text === "yes") return true;
  throw new AdminError(`--${name} must be yes or no, got "${text}"`);
}

async function sweep(deps: AdminDeps, args: AdminArgs) {
  const grace = args["grace-minutes"];
  const graceMs = grace === undefined ? deps.config.ORPHAN_GRACE_MS : parseMinutes(grace) * MINUTE_MS;
  const isDryRun = parseYes("dry-run", args["dry-run"]);
  const result = await deps.upkeep.orphans.sweep({ graceMs, isDryRun });
  return {
    blobs_looked_at: result.looked,
    [isDryRun ? "orphans_found" : "orphans_removed"]: result.orphans,
    orphan_bytes: result.orphanBytes,
    younger_than_grace: result.young,
    strange_keys: result.strange,
    unfinished_removed: result.unfinished,
    [isDryRun ? "derivative_rows_found" : "derivative_rows_removed"]: result.rows,
  };
}

/** What {@linkcode verify} answers. */
interface VerifyResult {
  readonly fault_count: number;
  readonly [name: string]: unknown;
}

async function verify(deps: AdminDeps, args: AdminArgs): Promise<VerifyResult> {
  const faults: string[] = [];
  let faultCount = 0;
  const counts = await deps.upkeep.verifier.run({
    isDeep: parseYes("bytes", args.bytes),
    graceMs: deps.config.ORPHAN_GRACE_MS,
    onFault: ({ kind, where }) => {
      if (faultCount++ < MAX_FAULTS_SHOWN) faults.push(`${kind}: ${where}`);
    },
  });
  return {
    users: counts.users,
    images: counts.images,
    blobs: counts.blobs,
    users_that_changed_meanwhile: counts.busyUsers,
    fault_count: faultCount,
    faults,
  };
}

/** What moving data answers. */
interface TransferResult {
  readonly broken_images: readonly string[];
  readonly [name: string]: unknown;
}

const hasBroken = (result: unknown) => (result as TransferResult).broken_images.length > 0;

async function mending<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TransferError || error instanceof SyntaxError) throw new AdminError(error.message);
    throw error;
  }
}

async function exportAll(deps: AdminDeps, args: AdminArgs): Promise<TransferResult> {
  const withDerivatives = args.derivatives === undefined || parseYes("derivatives", args.derivatives);
  const result = await mending(() => deps.upkeep.exporter.run(args.folder!, withDerivatives));
  return {
    folder: args.folder,
    rows: result.rows,
    images: result.images,
    blobs_copied: result.blobsCopied,
    blobs_there_already: result.blobsThere,
    broken_images: result.broken,
  };
}

async function importAll(deps: AdminDeps, args: AdminArgs): Promise<TransferResult> {
  const result = await mending(() => deps.upkeep.importer.run(args.folder!, parseYes("replace", args.replace)))
    .finally(() => deps.images.forgetAll());
  return {
    folder: args.folder,
    rows_added: result.rowsAdded,
    rows_there_already: result.rowsThere,
    images: result.images,
    blobs_copied: result.blobsCopied,
    blobs_there_already: result.blobsThere,
    broken_images: result.broken,
  };
}

/** Each by its word. */
export const UPKEEP_COMMANDS: Readonly<Record<string, AdminCommand>> = {
  "sweep": {
    positional: [],
    options: {
      "grace-minutes": "younger blobs stay (default ORPHAN_GRACE_MS); 0 only where no server runs",
      "dry-run": "yes: only count",
    },
    doc: "Remove blobs and derivatives' rows that no image has, and what killed uploads left half-written",
    isLong: true,
    run: sweep,
  },
  "verify": {
    positional: [],
    options: { bytes: "yes: read all bytes and compare them, too" },
    doc: "Look for everything in KV and blobs that does not fit together; status 1 where anything is found",
    isLong: true,
    isBad: (result) => (result as VerifyResult).fault_count > 0,
    run: verify,
  },
  "export": {
    positional: ["folder"],
    options: { derivatives: "no: leave out pictures that can be made again" },
    doc: "Write all records and bytes into a folder; again into the same one, only what is new",
    paths: ["folder"],
    isHere: true,
    isBad: hasBroken,
    run: exportAll,
  },
  "import": {
    positional: ["folder"],
    options: { replace: "yes: records of the export replace those here; only where nobody works yet" },
    doc: "Take in what export wrote; what is there already stays, so it can be repeated",
    paths: ["folder"],
    isHere: true,
    isBad: hasBroken,
    run: importAll,
  },
};
