/**
 * The six invariants, by the clients' own log and by what the server finds in itself:
 *
 * 1. every acknowledged upload is readable with equal SHA-256, 2. no record is without bytes, 3. what is nobody's is swept
 * away, 4. counters are the sums of records, 5. no temporary file is left, 6. the server takes uploads again soon.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { runOnServer } from "../../routes/_admin/client.ts";
import { uploadTo, variantOf } from "../doubles/client.ts";
import type { TestServer } from "../doubles/server.ts";
import type { Client } from "./acknowledged.ts";

/** Where a server keeps its own things. */
export interface World {
  readonly server: TestServer;
  /** With its admin token. */
  readonly dataDir: string;
  readonly key: string;
  readonly picture: Uint8Array<ArrayBuffer>;
  readonly clients: readonly Client[];
}

/** What a sweep says. */
export interface Swept {
  readonly orphans_removed: number;
  readonly unfinished_removed: number;
  readonly derivative_rows_removed: number;
  readonly strange_keys: number;
}

const WELL_WITHIN_MS = 60_000;
const TRY_AGAIN_MS = 20;

async function admin(world: World, command: string, args: Record<string, string>): Promise<Record<string, unknown>> {
  const token = (await Deno.readTextFile(`${world.dataDir}/admin-token`)).trim();
  const answer = await runOnServer(world.server, token, command, args);
  assert(answer !== null, "the server is gone");
  return answer.result as Record<string, unknown>;
}

/** Ms until an upload is taken and the server says that it is ready. @throws after a minute */
export async function untilWell({ server, key, picture }: World): Promise<number> {
  const start = performance.now();
  for (let n = 0;; n++) {
    const upload = await uploadTo(server, key, variantOf(picture, `well ${n}`), "well.png").catch(() => null);
    await upload?.body?.cancel();
    const ready = upload?.status === 201 ? await fetch(`${server.url}/ready`).catch(() => null) : null;
    await ready?.body?.cancel();
    if (ready?.status === 200) return performance.now() - start;
    assert(performance.now() - start < WELL_WITHIN_MS, `an upload is still answered ${upload?.status}`);
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
}

/** Looks at all that clients have seen acknowledged. @param when for the message of what is wrong */
async function assertNothingLost({ server, clients }: World, when: string): Promise<void> {
  const faults = await Promise.all(clients.map((client) => client.check(server.url)));
  assertEquals(faults.flat(), [], when);
}

/** Fails where an invariant doesn't hold. No client may be at work. @returns what the first sweep took away */
export async function assertInvariants(world: World, when: string): Promise<Swept> {
  const swept = await admin(world, "sweep", { "grace-minutes": "0" }) as unknown as Swept;
  // After the sweep, so that it is seen, too, whether what it took away was nobody's.
  await assertNothingLost(world, when);
  const verified = await admin(world, "verify", { bytes: "yes" });
  assertEquals(verified.faults, [], when);
  const again = await admin(world, "sweep", { "grace-minutes": "0" }) as unknown as Swept;
  const { orphans_removed, unfinished_removed, derivative_rows_removed, strange_keys } = again;
  assertEquals([orphans_removed, unfinished_removed, derivative_rows_removed, strange_keys], [0, 0, 0, 0], when);
  return swept;
}
