/**
 * What settings ask of each other: rules that no row of the table can see by itself.
 *
 * @module
 */
import type { Config } from "../config.ts";

/** A rule: what is wrong, one sentence each. */
type Check = (config: Config) => string[];

const S3_NEEDS = ["S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] as const;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
const MAX_PREFIX_CHARS = 200;
const ADDRESS_AS_HOST = /^(\d+\.){3}\d+$|^\[/;

/** A bucket is described whole or not at all. */
const checkS3IsWhole: Check = (config) => {
  const given = S3_NEEDS.filter((name) => config[name] !== "");
  if (config.S3_ENDPOINT !== null) {
    return S3_NEEDS.filter((name) => config[name] === "").map((name) => `${name} must be set beside S3_ENDPOINT`);
  }
  return given.length === 0 ? [] : [`S3_ENDPOINT must be set beside ${given.join(", ")}, or none of them`];
};

const checkS3Names: Check = ({ S3_BUCKET, S3_PREFIX, S3_STYLE, S3_ENDPOINT }) => {
  const faults: string[] = [];
  if (S3_BUCKET !== "" && !BUCKET.test(S3_BUCKET)) {
    faults.push(`S3_BUCKET must be 3 to 63 of a-z, 0-9, dots and hyphens, got "${S3_BUCKET}"`);
  }
  if (S3_PREFIX !== "" && (!PREFIX.test(S3_PREFIX) || S3_PREFIX.length > MAX_PREFIX_CHARS)) {
    faults.push(`S3_PREFIX must be a folder such as imgsrc/live, without slashes at its ends, got "${S3_PREFIX}"`);
  }
  if (S3_STYLE === "host" && S3_ENDPOINT !== null && ADDRESS_AS_HOST.test(S3_ENDPOINT.hostname)) {
    faults.push(`S3_STYLE must be path where S3_ENDPOINT has a numeric address, got "host"`);
  }
  return faults;
};

const checkEdge: Check = ({ EDGE_PURGE, EDGE_PURGE_URL }) =>
  EDGE_PURGE === "webhook" && EDGE_PURGE_URL === null ? ["EDGE_PURGE_URL must be set where EDGE_PURGE is webhook"] : [];

const CHECKS: readonly Check[] = [checkS3IsWhole, checkS3Names, checkEdge];

/** Every fault that only shows when settings are seen together. */
export function contradictions(config: Config): string[] {
  return CHECKS.flatMap((check) => check(config));
}
