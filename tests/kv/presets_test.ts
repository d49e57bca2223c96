import { assert, assertEquals } from "@std/assert";
import { LinkKeys } from "../../kv/link_keys.ts";
import { Presets } from "../../kv/presets.ts";
import { presetByIdKey, presetCountKey, presetsPrefix } from "../../kv/keys.ts";
import { seededRandom } from "../doubles/seeded_random.ts";
import { openState, testUserId } from "../doubles/state.ts";

const USER = testUserId(1);
const FIELDS = { description: null, params: {} };

Deno.test("Presets keep names, ids and their count in step under random changes at once", async () => {
  using state = await openState();
  const presets = new Presets(state.store, state.deps);
  const random = seededRandom(7);
  const name = () => `n${random.integer(0, 5)}`;
  for (let round = 0; round < 30; round++) {
    await Promise.all(Array.from({ length: 6 }, () =>
      random.pick([
        () => presets.create(USER, { name: name(), ...FIELDS }, 4),
        () => presets.update(USER, name(), { name: name() }),
        () => presets.remove(USER, name()),
      ])()));
    const all = await presets.list(USER);
    assert(all.length <= 4);
    assertEquals((await state.kv.get(presetCountKey(USER))).value ?? 0, all.length);
    assertEquals(new Set(all.map((p) => p.name)).size, all.length);
    for (const preset of all) assertEquals(await presets.byId(USER, preset.id), preset);
    const ids = await Array.fromAsync(state.kv.list({ prefix: presetByIdKey(USER, "").slice(0, 2) }));
    const rows = await Array.fromAsync(state.kv.list({ prefix: presetsPrefix(USER) }));
    assertEquals([ids.length, rows.length], [all.length, all.length]);
  }
});

Deno.test("LinkKeys.current() makes one key when it is asked ten times at once", async () => {
  using state = await openState();
  const keys = new LinkKeys(state.store, state.deps);
  const made = await Promise.all(Array.from({ length: 10 }, () => keys.current(USER)));
  assertEquals(new Set(made.map((k) => k.id)).size, 1);
  assertEquals((await keys.list(USER)).length, 1);
  assertEquals(made[0]!.secret.length, 64);
  assertEquals(await keys.list(testUserId(2)), []);
});

Deno.test("LinkKeys.rotate() keeps two keys at most", async () => {
  using state = await openState();
  const keys = new LinkKeys(state.store, state.deps);
  const first = await keys.current(USER);
  const kept = await keys.rotate(USER, true);
  assertEquals(kept.map((k) => k.id).indexOf(first.id), 1);
  const again = await keys.rotate(USER, true);
  assertEquals([again.length, again[1]!.id, again.some((k) => k.id === first.id)], [2, kept[0]!.id, false]);
  assertEquals((await keys.rotate(USER, false)).length, 1);
});
