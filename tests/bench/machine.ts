/**
 * What the figures were taken on.
 *
 * @module
 */
import { CODEC_VERSION } from "../../codec/derivative_key.ts";
import { sharp } from "./native.ts";

async function cpuModel(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return /^model name\s*:\s*(.+)$/m.exec(text)?.[1] ?? "unknown CPU";
}

async function outputOf(command: string, ...args: string[]): Promise<string> {
  const output = await new Deno.Command(command, { args, stderr: "null" }).output().catch(() => null);
  return output?.success ? new TextDecoder().decode(output.stdout).trim() : "absent";
}

/** Facts as Markdown list items. */
export async function machineFacts(): Promise<string[]> {
  const { total } = Deno.systemMemoryInfo();
  const [load] = Deno.loadavg();
  return [
    `Date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `Machine: ${await cpuModel()}, ${navigator.hardwareConcurrency} cores, ${(total / 2 ** 30).toFixed(1)} GiB, ` +
    `${Deno.build.os} ${Deno.build.arch}; load average at the start ${load!.toFixed(2)}`,
    `Ours: Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, codec version ${CODEC_VERSION}`,
    `Peers: sharp ${sharp.versions.sharp} (libvips ${sharp.versions.vips}) with one thread and no cache, ` +
    `Node ${await outputOf("node", "--version")}`,
  ];
}
