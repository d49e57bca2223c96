/**
 * HTTP dates (RFC 9110 section 5.6.7).
 *
 * @module
 */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = MONTHS.join("|");
const TIME = "(\\d\\d):(\\d\\d):(\\d\\d)";

/** `Sun, 06 Nov 1994 08:49:37 GMT`: the one that is written today. */
const FIXED = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d\\d) (${MONTH}) (\\d{4}) ${TIME} GMT$`);
/** `Sunday, 06-Nov-94 08:49:37 GMT`: RFC 850. */
const OLD = new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d\\d)-(${MONTH})-(\\d\\d) ${TIME} GMT$`);
/** `Sun Nov  6 08:49:37 1994`: C's asctime(). */
const C = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (${MONTH}) ([ \\d]\\d) ${TIME} (\\d{4})$`);

const YEARS_AHEAD = 50;

/** Two digits of a year that is at most 50 years ahead, else of the century before. */
function fullYear(digits: number, nowMs: number): number {
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - thisYear % 100 + digits;
  return year > thisYear + YEARS_AHEAD ? year - 100 : year;
}

function toMs(year: number, month: string, day: string, time: readonly string[]): number | null {
  const [hours, minutes, seconds] = time.map(Number) as [number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, MONTHS.indexOf(month), Number(day));
  // 60 is a leap second.
  if (date.getUTCDate() !== Number(day) || hours > 23 || minutes > 59 || seconds > 60) return null;
  return date.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/**
 * Reads a date in any of the three forms that a recipient must take.
 *
 * @param nowMs for the century of the second form
 * @returns ms since 1970, a whole second; null for anything else, which is then to be ignored
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  const fixed = FIXED.exec(text);
  if (fixed !== null) return toMs(Number(fixed[3]), fixed[2]!, fixed[1]!, fixed.slice(4));
  const old = OLD.exec(text);
  if (old !== null) return toMs(fullYear(Number(old[3]), nowMs), old[2]!, old[1]!, old.slice(4));
  const c = C.exec(text);
  return c === null ? null : toMs(Number(c[6]), c[1]!, c[2]!, c.slice(3, 6));
}

/** The start of the second that a time lies in. */
export function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

/** Writes a date; parts of a second are dropped. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}
