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

/** When a section is measured, and beside how much else. */
export function whenMeasured(): string {
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  return `Measured from ${date} UTC on, load average then ${Deno.loadavg()[0]!.toFixed(2)}.`;
}

/** Facts of every section. */
export async function machineFacts(): Promise<string[]> {
  const { total } = Deno.systemMemoryInfo();
  return [
    `Machine: ${await cpuModel()}, ${navigator.hardwareConcurrency} cores, ${(total / 2 ** 30).toFixed(1)} GiB, ` +
    `${Deno.build.os} ${Deno.build.arch}`,
    `Ours: Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, codec version ${CODEC_VERSION}`,
    `Peers: sharp ${sharp.versions.sharp} (libvips ${sharp.versions.vips}) with one thread and no cache, ` +
    `Node ${await outputOf("node", "--version")}`,
  ];
}
