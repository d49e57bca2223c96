/**
 * The part of `@std/assert` that the tests use, over `node:assert`: where the standard library can be installed, the
 * import map's one line changes and this file goes.
 *
 * @module
 */
import nodeAssert from "node:assert/strict";

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message?: string): asserts value {
  nodeAssert.ok(value, message);
}

/** Deep strict equality. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepEqual(actual, expected, message);
}

/** Deep strict inequality. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.notDeepEqual(actual, expected, message);
}

/** Fails unless `text` holds `part`. */
export function assertStringIncludes(text: string, part: string, message?: string): void {
  nodeAssert.ok(text.includes(part), message ?? `"${text}" does not include "${part}"`);
}

/** Fails unless `text` matches. */
export function assertMatch(text: string, pattern: RegExp, message?: string): void {
  nodeAssert.match(text, pattern, message);
}

// deno-lint-ignore no-explicit-any -- any constructor signature
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function checkError<E extends Error>(
  error: unknown,
  errorClass: ErrorClass<E> | undefined,
  part: string | undefined,
): E {
  if (errorClass !== undefined && !(error instanceof errorClass)) {
    throw new nodeAssert.AssertionError({ message: `Expected ${errorClass.name}, got ${error}` });
  }
  if (part !== undefined) assertStringIncludes((error as Error).message, part);
  return error as E;
}

/** Fails unless `run` throws an error of the class, with the text in its message. */
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  errorClass?: ErrorClass<E>,
  part?: string,
): E {
  try {
    run();
  } catch (error) {
    return checkError(error, errorClass, part);
  }
  throw new nodeAssert.AssertionError({ message: "Expected an error, none was thrown" });
}

/** As {@linkcode assertThrows}, for promises. */
export async function assertRejects<E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass?: ErrorClass<E>,
  part?: string,
): Promise<E> {
  try {
    await run();
  } catch (error) {
    return checkError(error, errorClass, part);
  }
  throw new nodeAssert.AssertionError({ message: "Expected an error, none was thrown" });
}
