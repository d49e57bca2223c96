import { testStore } from "../conformance/store.ts";
import { startDenokv } from "../servers/denokv.ts";

testStore("a local file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "imgsrc-" });
  const open = () => Deno.openKv(`${folder}/kv.sqlite3`);
  const kv = await open();
  return {
    kv,
    // One process has a file to itself; watches reach no further.
    again: () => Promise.resolve(new Proxy(kv, { get: (target, name) => memberOf(target, name) })),
    async [Symbol.asyncDispose]() {
      kv.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
});

/** All but `close`, which the first handle keeps. */
function memberOf(kv: Deno.Kv, name: string | symbol): unknown {
  if (name === "close") return () => {};
  const member = Reflect.get(kv, name, kv);
  return typeof member === "function" ? member.bind(kv) : member;
}

testStore("denokv", async () => {
  const server = await startDenokv();
  if (server === null) return null;
  const kv = await server.open();
  return {
    kv,
    again: () => server.open(),
    async [Symbol.asyncDispose]() {
      kv.close();
      await server[Symbol.asyncDispose]();
    },
  };
});
