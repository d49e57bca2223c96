/**
 * Which programs are installed here.
 *
 * @module
 */

/** Whether a program runs with these arguments; one that is not there throws at once, not as a rejection. */
export async function hasProgram(program: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
