/**
 * `Server-Timing` (W3C): where the time of an answer went.
 *
 * @module
 */

/**
 * The header's value.
 *
 * @param from where the bytes came from
 * @param times in ms, by name of the stage, in the order to write them
 */
export function serverTiming(from: string, times: readonly (readonly [string, number])[]): string {
  return [`cache;desc=${from}`, ...times.map(([name, ms]) => `${name};dur=${ms}`)].join(", ");
}
