/**
 * Runs the tables of negotiation and of conditions against a server: see negotiation.ts.
 *
 * @module
 */
import { askPlainly, checkCondition, CONDITION_CASES } from "./conditions.ts";
import { checkNegotiation, type ConformanceTarget, NEGOTIATION_CASES } from "./negotiation.ts";

const USAGE = "deno task conformance --base-url=https://img.example.com --path=/i/john/photo " +
  "[--alpha-path=/i/john/logo]";

function option(name: string): string | undefined {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
}

function targetOf(baseUrl: string, paths: ConformanceTarget["paths"]): ConformanceTarget {
  const origin = new URL(baseUrl).origin;
  // Without the header, fetch would send one of its own.
  const client = (path: string, headers: Record<string, string>, method = "GET") =>
    fetch(origin + path, { method, headers: { accept: "*/*", ...headers }, redirect: "manual" });
  return { request: client, paths };
}

const [baseUrl, opaque, alpha] = [option("base-url"), option("path"), option("alpha-path")];
if (baseUrl === undefined || opaque === undefined) {
  console.error(USAGE);
  Deno.exit(2);
}
const target = targetOf(baseUrl, alpha === undefined ? { opaque } : { opaque, alpha });
let [passed, failed, left] = [0, 0, 0];
for (const row of NEGOTIATION_CASES) {
  const faults = await checkNegotiation(target, row);
  if (faults === null) left++;
  else if (faults.length === 0) passed++;
  else {
    failed++;
    console.error(`✗ ${row.suffix} Accept: ${row.accept ?? "(none)"}: ${row.why}`);
    for (const fault of faults) console.error(`    ${fault}`);
  }
}
const path = `${opaque}.webp?w=24`;
const known = await askPlainly(target, path);
for (const row of CONDITION_CASES) {
  const faults = await checkCondition(target, path, known, row);
  if (faults.length === 0) passed++;
  else {
    failed++;
    console.error(`✗ ${path} ${JSON.stringify(row.headers(known))}: ${row.why}`);
    for (const fault of faults) console.error(`    ${fault}`);
  }
}
console.log(`${passed} conform, ${failed} don't${left === 0 ? "" : `, ${left} left out: no --alpha-path`}`);
Deno.exit(failed === 0 ? 0 : 1);
