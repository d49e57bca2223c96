/**
 * A real S3-compatible service over a folder: versitygw, where it is installed.
 *
 * @module
 */
import type { S3Settings } from "../../kv/blobs/s3/settings.ts";
import { hasProgram } from "../doubles/has_program.ts";
import { startListening, untilListening } from "./listening.ts";

const ACCESS_KEY = "test-access";
const SECRET_KEY = "test-secret";
/** Base of the names of buckets in host style. */
const VIRTUAL_DOMAIN = "s3.test";

async function findProgram(): Promise<string | null> {
  const home = Deno.env.get("HOME") ?? "";
  for (const path of [`${home}/.cache/imgsrc/bin/versitygw`, `${home}/go/bin/versitygw`, "versitygw"]) {
    if (await hasProgram(path, ["--version"])) return path;
  }
  return null;
}

const PROGRAM = await findProgram();
/** Whether there is one here; says so once where not. */
export const HAS_VERSITYGW = PROGRAM !== null;
if (!HAS_VERSITYGW) console.log("skipped: everything against a real S3 service, since versitygw is not installed");

/** A running service. */
export interface TestBucketServer extends AsyncDisposable {
  readonly url: string;
  /** Settings of a fresh, empty bucket. */
  addBucket(more?: Partial<S3Settings>): Promise<S3Settings>;
  /** Keys of everything in a bucket, unfinished uploads in parts too. */
  filesOf(bucket: string): Promise<string[]>;
  /** Changes an object behind the service's back. */
  tamper(bucket: string, key: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): Promise<void>;
  /** Environment of a program that uses a bucket. */
  environment(settings: S3Settings): Record<string, string>;
  /** Stops it for a while: connections are refused. */
  stop(): Promise<void>;
  /** Starts it again at the same port. */
  start(): Promise<void>;
}

async function* walk(folder: string, prefix: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) yield* walk(`${folder}/${entry.name}`, `${prefix}${entry.name}/`);
    else yield prefix + entry.name;
  }
}

/** Starts it on a free port of this machine, over a folder that goes with it. */
export async function startVersitygw(): Promise<TestBucketServer> {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-s3-" });
  const spawn = (port: number) =>
    new Deno.Command(PROGRAM!, {
      args: [
        ...["--port", `127.0.0.1:${port}`, "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--quiet"],
        ...["--virtual-domain", VIRTUAL_DOMAIN, "posix", folder],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
  const { port, child: first } = await startListening(spawn);
  const url = `http://127.0.0.1:${port}`;
  let child: Deno.ChildProcess | null = first;
  const start = async () => {
    child = spawn(port);
    if (!await untilListening(port, child)) throw new Error(`No versitygw at ${url} after it was started again`);
  };
  const stop = async () => {
    child?.kill("SIGKILL");
    await child?.status;
    child = null;
  };
  let buckets = 0;
  return {
    url,
    async addBucket(more = {}) {
      const bucket = `bucket-${++buckets}`;
      await Deno.mkdir(`${folder}/${bucket}`);
      return {
        endpoint: new URL(url),
        bucket,
        region: "us-east-1",
        accessKeyId: ACCESS_KEY,
        secretAccessKey: SECRET_KEY,
        style: "path",
        prefix: "",
        firstByteTimeoutMs: 5_000,
        timeoutMs: 30_000,
        ...more,
      };
    },
    filesOf: (bucket) => Array.fromAsync(walk(`${folder}/${bucket}`, "")),
    async tamper(bucket, key, change) {
      const path = `${folder}/${bucket}/${key}`;
      const bytes = change(await Deno.readFile(path));
      // In place: the service keeps its metadata beside the file's name.
      await Deno.writeFile(path, bytes);
    },
    environment: (settings) => ({
      S3_ENDPOINT: settings.endpoint.href,
      S3_BUCKET: settings.bucket,
      S3_ACCESS_KEY_ID: settings.accessKeyId,
      S3_SECRET_ACCESS_KEY: settings.secretAccessKey,
      S3_PREFIX: settings.prefix.replace(/\/$/, ""),
    }),
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** `fetch` for host style: the name of the bucket's host leads nowhere here, so it only stands in the request. */
export async function fetchAtHost(url: URL, init: RequestInit, server: TestBucketServer): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("host", url.host);
  const target = new URL(url.pathname + url.search, server.url);
  using client = Deno.createHttpClient({ allowHost: true });
  const response = await fetch(target, { ...init, headers, client });
  const body = await response.arrayBuffer();
  // Bodies of such answers must be null; a HEAD's length is in its headers all the same.
  return new Response(body.byteLength === 0 ? null : body, response);
}

/** The endpoint to name in host style. */
export const HOST_STYLE_ENDPOINT: URL = new URL(`http://${VIRTUAL_DOMAIN}`);
