/**
 * From a derivative that was made to one that is stored, within the store's bound.
 *
 * @module
 */
import type { Reservation } from "../../kv/derivative_rows.ts";
import type { Deps } from "../deps.ts";

/** Writes a derivative that was made, and says so: blob before row. */
export async function storeDerivative(
  deps: Deps,
  reservation: Reservation,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const { original, key } = reservation;
  let size: number;
  try {
    size = await deps.derivatives.put(original, key, bytes);
  } catch (error) {
    // It was made and served: what was spent on it stays spent.
    await deps.derivativeRows.release(reservation, true);
    throw error;
  }
  if (!await deps.derivativeRows.finish(reservation, size)) return await deps.derivatives.remove(original, key);
  if (deps.derivativeSweep.isDueAfter(size)) deps.background("sweep_derivatives", sweepDerivatives(deps));
}

/** Gives back what was taken for a derivative that could not be made; what fails here ends by itself. */
export async function giveBackReservation(deps: Deps, reservation: Reservation): Promise<void> {
  await deps.derivativeRows.release(reservation).catch((error) => {
    deps.log.error("release_failed", { key: reservation.key, message: String(error) });
  });
}

/** Keeps the store within its bound, where it is this process's turn. */
export async function sweepDerivatives(deps: Deps): Promise<void> {
  const { evicted, expired, adopted } = await deps.derivativeSweep.run();
  if (evicted + expired + adopted > 0) deps.log.info("derivatives_swept", { evicted, expired, adopted });
}
