/**
 * This instance among the others of one service.
 *
 * @module
 */
import { adminTokenKey } from "./keys.ts";
import { Leader } from "./leader.ts";
import { Leases } from "./leases.ts";
import { alone, Peers, type PeersDeps, type Teller } from "./peers.ts";
import type { Store } from "./store.ts";

/** See the module's comment. */
export interface Membership {
  readonly peers: Teller;
  /** null = there is no other instance. */
  readonly leases: Leases | null;
  readonly leader: Leader;
  /** To be called every second. */
  beat(): Promise<void>;
  /** Goes, and leaves nothing that the others would wait for. */
  leave(): Promise<void>;
}

/**
 * Joins the instances that share a store, or stays alone.
 *
 * @param isShared whether other processes may work on the same store
 */
export async function join(store: Store, isShared: boolean, deps: PeersDeps): Promise<Membership> {
  const leases = isShared ? new Leases(store, deps.id, deps.now) : null;
  const leader = new Leader(leases, deps.now);
  if (!isShared) {
    const nothing = () => Promise.resolve();
    return { peers: alone(deps.forget), leases, leader, beat: nothing, leave: nothing };
  }
  const peers = new Peers(store, deps);
  await peers.start();
  return {
    peers,
    leases,
    leader,
    beat: () => peers.beat(),
    async leave() {
      await leader.resign();
      await peers.stop();
    },
  };
}

/** The admin token of all instances: the first one's to come stays. */
export function sharedAdminToken(store: Store, own: string): Promise<string> {
  return store.transact<string>(async () => {
    const entry = await store.get<string>(adminTokenKey);
    if (entry.value !== null) return { result: entry.value };
    return { commit: store.atomic().check(entry).set(entry.key, own), result: own };
  });
}
