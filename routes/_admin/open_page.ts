/**
 * Opens a page for whoever sits at this machine.
 *
 * @module
 */

const OPENERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  darwin: ["open"],
  windows: ["cmd", "/c", "start", ""],
};

/** Runs a program to its end; false where it fails or is not there (which throws at once). */
async function isDone(program: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [...args], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Opens a page in the browser, or says which one where there is none to open it with; null = that is no address. */
export async function openPage(url: string | undefined): Promise<string | null> {
  if (url === undefined || !URL.canParse(url)) return null;
  const [program, ...args] = OPENERS[Deno.build.os] ?? ["xdg-open"];
  return await isDone(program!, [...args, url]) ? `Opened ${url}` : `Open this address in a browser: ${url}`;
}
