/** A real shared cache in front of the real program: nginx, which keeps copies by URL and Vary. */
import { assert, assertEquals } from "@std/assert";
import { checkNegotiation, type ConformanceTarget, NEGOTIATION_CASES } from "../conformance/negotiation.ts";
import { fixture } from "../doubles/app.ts";
import { hasProgram } from "../doubles/has_program.ts";
import { startServer, type TestServer, withFolder } from "../doubles/server.ts";
import { startListening } from "../servers/listening.ts";

const HAS_NGINX = await hasProgram("nginx", ["-v"]);
if (!HAS_NGINX) console.log("skipped: negotiation behind a proxy's cache, since nginx is not installed");

function nginxConfig(folder: string, port: number, upstream: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  // Started by root, its workers would be somebody else, who may not read the folder.
  const user = Deno.uid() === 0 ? "user root; " : "";
  return `${user}worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off; ${temporary}
  proxy_cache_path ${folder}/cache keys_zone=pictures:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_cache pictures;
      add_header X-Cache $upstream_cache_status always;
    }
  }
}
`;
}

async function withNginx(folder: string, upstream: string, run: (url: string) => Promise<void>): Promise<void> {
  const { port, child } = await startListening((port) => {
    Deno.writeTextFileSync(`${folder}/nginx.conf`, nginxConfig(folder, port, upstream));
    return new Deno.Command("nginx", {
      args: ["-e", `${folder}/error.log`, "-c", `${folder}/nginx.conf`],
      stdout: "null",
      stderr: "null",
    }).spawn();
  });
  try {
    await run(`http://127.0.0.1:${port}`);
  } finally {
    child.kill("SIGQUIT");
    await child.status;
  }
}

async function upload(server: TestServer, key: string, name: string): Promise<void> {
  const body = new FormData();
  body.append("file", new File([await fixture(name)], name));
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.url}/api/v1/images`, { method: "POST", headers, body });
  assertEquals(answer.status, 201, await answer.text());
}

Deno.test({
  name: "a proxy's cache that goes by Vary gives nobody a format that another one asked for",
  ignore: !HAS_NGINX,
  fn: () =>
    withFolder(async (folder) => {
      const server = await startServer({ DATA_DIR: `${folder}/data`, QUOTAS: "off" });
      const key = await Deno.readTextFile(`${folder}/data/first-key`);
      for (const name of ["quarters.jpg", "fading.png"]) await upload(server, key, name);
      await withNginx(folder, server.url, async (url) => {
        let hits = 0;
        const target: ConformanceTarget = {
          paths: { opaque: "/i/owner/quarters", alpha: "/i/owner/fading" },
          request: async (path, headers) => {
            const response = await fetch(url + path, { headers: { accept: "*/*", ...headers } });
            if (response.headers.get("x-cache") === "HIT") hits++;
            return response;
          },
        };
        // The second time everything is there already: what was kept for one must not reach another.
        for (const round of ["cold", "warm"]) {
          for (const row of NEGOTIATION_CASES) {
            assertEquals(await checkNegotiation(target, row), [], `${round}: ${row.suffix} Accept ${row.accept}`);
          }
        }
        assert(hits > NEGOTIATION_CASES.length, `the cache answered ${hits} times only`);
      });
      server.signal("SIGTERM");
      assertEquals((await server.ended).code, 0, server.output());
    }),
});
