import { assert, assertEquals } from "@std/assert";
import { DEFAULT_PARAMS, type TransformParams } from "../../codec/transform.ts";
import { toWidthStep } from "../../codec/width_steps.ts";
import { randomParams } from "../doubles/param_values.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

const STEPS = [320, 640, 1280];
const step = (params: Partial<TransformParams>) => {
  const { width, height, dpr, pad } = toWidthStep({ ...DEFAULT_PARAMS, ...params }, STEPS);
  return [width, height, dpr, pad];
};

Deno.test("toWidthStep() goes up to the next step, counts dpr, and ends at the last", () => {
  assertEquals(step({ width: 1 }), [320, null, "1", 0]);
  assertEquals(step({ width: 320 }), [320, null, "1", 0]);
  assertEquals(step({ width: 321 }), [640, null, "1", 0]);
  assertEquals(step({ width: 320, dpr: "2", pad: 5 }), [640, null, "1", 10]);
  assertEquals(step({ width: 321, dpr: "2" }), [1280, null, "1", 0]);
  assertEquals(step({ width: 9_000, dpr: "3", pad: 900 }), [1280, null, "1", 1_000]);
});

Deno.test("toWidthStep() keeps the ratio of a box, and leaves alone what names no width", () => {
  assertEquals(step({ width: 300, height: 150 }), [320, 160, "1", 0]);
  assertEquals(step({ width: 10, height: 10_000 }), [320, 10_000, "1", 0]);
  assertEquals(step({ width: 400, height: 1, dpr: "1.5" }), [640, 2, "1", 0]);
  assertEquals(step({ height: 150, dpr: "2" }), [null, 150, "2", 0]);
});

Deno.test("toWidthStep() changes nothing the second time and nothing but the size", () => {
  const random = seededRandom(4);
  for (let i = 0; i < 2_000; i++) {
    const params = randomParams(random);
    const once = toWidthStep(params, STEPS);
    assertEquals(toWidthStep(once, STEPS), once);
    assert(once.width === null || STEPS.includes(once.width));
    const { width, height, dpr, pad } = params;
    assertEquals({ ...once, width, height, dpr, pad }, params);
  }
});
