import { assert, assertEquals } from "@std/assert";
import { lockFolder } from "../../kv/folder_lock.ts";
import { withFolder } from "../doubles/server.ts";

Deno.test("lockFolder() gives a folder to one at a time, and to the next when it is let go", () =>
  withFolder(async (folder) => {
    const first = await lockFolder(folder);
    assert(first !== null);
    assertEquals(await lockFolder(folder), null);
    first.release();
    const next = await lockFolder(folder);
    assert(next !== null);
    next.release();
  }));
