import { assert, assertEquals } from "@std/assert";
import { isFolderLocked, lockFolder } from "../../kv/folder_lock.ts";
import { withFolder } from "../doubles/server.ts";

Deno.test("lockFolder() makes a folder and gives it to one at a time, and to the next when it is let go", () =>
  withFolder(async (folder) => {
    assertEquals(await isFolderLocked(`${folder}/data`), false);
    const first = await lockFolder(`${folder}/data`);
    assert(first !== null);
    assertEquals([await lockFolder(`${folder}/data`), await isFolderLocked(`${folder}/data`)], [null, true]);
    first.release();
    assertEquals(await isFolderLocked(`${folder}/data`), false);
    const next = await lockFolder(`${folder}/data`);
    assert(next !== null);
    next.release();
  }));
