/** Deletes that outlive the server, and downloads that outlive their reader, in the real program. */
import { assertEquals } from "@std/assert";
import { until } from "../doubles/client.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";

const SAMPLE = new URL("../../static/sample.jpg", import.meta.url);

async function upload(server: TestServer, auth: Record<string, string>, path: string): Promise<string> {
  const body = new FormData();
  body.append("file", new File([await Deno.readFile(SAMPLE)], "sample.jpg"));
  body.append("path", path);
  const response = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers: auth, body });
  return (await response.json()).id;
}

async function originals(folder: string): Promise<number> {
  let count = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      count += entry.isDirectory ? await originals(`${folder}/${entry.name}`) : 1;
    }
  } catch (error) {
    // A folder goes with its last file.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return count;
}

Deno.test("an undoable delete is carried out although the server is killed and started anew", () =>
  withFolder(async (dataDir) => {
    const env = { DATA_DIR: dataDir, QUOTAS: "off" };
    const first = await startServer(env);
    const auth = { authorization: `Bearer ${await Deno.readTextFile(`${dataDir}/first-key`)}` };
    const id = await upload(first, auth, "a/sample.jpg");
    const deleted = await fetch(`${first.url}/api/v1/images/${id}?undoable=true`, { method: "DELETE", headers: auth });
    assertEquals([deleted.status, typeof (await deleted.json()).delete_at], [200, "string"]);
    first.signal("SIGKILL");
    await first.ended;
    assertEquals(await originals(`${dataDir}/blobs/originals`), 1, "nothing is gone yet");
    const second = await startServer(env);
    const list = await fetch(`${second.url}/api/v1/images`, { headers: auth });
    assertEquals((await list.json()).total, 0);
    await until("the delete is carried out", async () => await originals(`${dataDir}/blobs/originals`) === 0);
    second.signal("SIGTERM");
    assertEquals((await second.ended).code, 0, second.output());
  }));

Deno.test("the server goes on when somebody leaves in the middle of a download", () =>
  withFolder(async (dataDir) => {
    const server = await startServer({ DATA_DIR: dataDir, QUOTAS: "off" });
    const auth = { authorization: `Bearer ${await Deno.readTextFile(`${dataDir}/first-key`)}` };
    const id = await upload(server, auth, "a/sample.jpg");
    for (let n = 0; n < 100; n++) {
      const init = { method: "POST", headers: auth, body: JSON.stringify({ path: `a/copy-${n}.jpg` }) };
      assertEquals((await (await fetch(`${server.url}/api/v1/images/${id}/paths`, init)).json()).id, id);
    }
    for (let n = 0; n < 5; n++) {
      const leaving = new AbortController();
      const response = await fetch(`${server.url}/api/v1/images/archive?path=a`, {
        headers: auth,
        signal: leaving.signal,
      });
      const reader = response.body!.getReader();
      await reader.read();
      leaving.abort();
      await reader.closed.catch(() => {});
    }
    const whole = await fetch(`${server.url}/api/v1/images/archive?path=a`, { headers: auth });
    const { length } = new Uint8Array(await whole.arrayBuffer());
    assertEquals(length > 101 * (await Deno.stat(SAMPLE)).size, true);
    server.signal("SIGTERM");
    assertEquals((await server.ended).code, 0, server.output());
    assertEquals([...server.events("failed"), ...server.events("background_failed")], []);
  }));
