import { assertEquals } from "@std/assert";
import { negotiate } from "../../../routes/_http/negotiate.ts";
import { type SeededRandom, seededRandom } from "../../doubles/seeded_random.ts";

const OFFERS = ["image/webp", "image/avif", "image/jpeg"];
const CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
const CASES: readonly (readonly [string | null, string | null])[] = [
  [null, "image/webp"],
  ["", "image/webp"],
  ["  ", "image/webp"],
  ["*/*", "image/webp"],
  [CHROME, "image/webp"],
  ["image/jpeg", "image/jpeg"],
  ["IMAGE/JPEG", "image/jpeg"],
  ["image/*", "image/webp"],
  ["text/html", null],
  ["text/html, */*;q=0.1", "image/webp"],
  ["image/webp;q=0.5, image/avif", "image/avif"],
  ["image/webp;q=0.5, image/avif;q=0.5", "image/webp"],
  ["image/webp;q=0, */*", "image/avif"],
  ["image/*;q=0, image/jpeg", "image/jpeg"],
  ["image/jpeg;q=0.9, image/*;q=0.1, */*", "image/jpeg"],
  ["image/webp;q=0, image/avif;q=0.000, image/jpeg;q=0", null],
  ["image/webp; q=0.3 , image/jpeg ; q=0.7", "image/jpeg"],
  ["image/webp;Q=0.3, image/jpeg;q=0.7", "image/jpeg"],
  ["image/webp;q=2", null],
  ["image/webp;q=1.001", null],
  ["image/webp;q=.5", null],
  ["image/webp;q=", null],
  ['image/webp;q="0.5"', null],
  ["image/webp;q=0.1234, image/jpeg;q=0.1", "image/jpeg"],
  ["image/webp;q=abc, nonsense, ;;, image/jpeg;q=0.1", "image/jpeg"],
  // A type with parameters is another type than the one without; what follows the weight is no parameter of it.
  ["image/jpeg;level=1;q=0.4, image/avif;q=0.3", "image/avif"],
  ["image/jpeg;level=1", null],
  ["image/jpeg;q=0.4;level=1, image/avif;q=0.3", "image/jpeg"],
  ["image/jpeg;;q=0.4, image/avif;q=0.3", "image/jpeg"],
  // Commas and semicolons inside quotes separate nothing.
  ['text/x;a="image/webp, image/avif;q=1", image/jpeg;q=0.1', "image/jpeg"],
  ['text/x;a="\\", image/webp", image/jpeg', "image/jpeg"],
  ['text/x;a="image/webp', null],
  ["*/webp", null],
  ["*", null],
  ["*, image/jpeg;q=0.2", "image/jpeg"],
  ["image /webp", null],
  ["image/webp image/jpeg", null],
];

for (const [accept, expected] of CASES) {
  Deno.test(`negotiate() gives ${expected} when Accept is ${accept}`, () => {
    assertEquals(negotiate(accept, OFFERS), expected);
  });
}

Deno.test("negotiate() gives null when nothing is offered", () => {
  assertEquals(negotiate("*/*", []), null);
});

interface Member {
  readonly type: string;
  /** As written; null = none. */
  readonly weight: string | null;
}

function randomMember(random: SeededRandom): Member {
  const type = random.pick([...OFFERS, "image/*", "*/*", "image/png", "text/*", "IMAGE/AVIF"]);
  return { type, weight: random.pick([null, null, "0", "0.0", "0.5", "0.501", "1", "1.000", "7", "0.5x", ""]) };
}

/** Slow and obvious: each offer against each member, the most specific that covers it counts. */
function reference(members: readonly Member[], offers: readonly string[]): string | null {
  const scored = offers.map((offer, rank) => {
    let score = { specificity: 0, weight: 0 };
    for (const { type, weight } of members) {
      if (weight !== null && !["0", "0.0", "0.5", "0.501", "1", "1.000"].includes(weight)) continue;
      const lower = type.toLowerCase();
      const specificity = lower === offer ? 3 : lower === "image/*" ? 2 : lower === "*/*" ? 1 : 0;
      const value = weight === null ? 1 : parseFloat(weight);
      const isBetter = specificity > score.specificity || (specificity === score.specificity && value > score.weight);
      if (specificity > 0 && isBetter) score = { specificity, weight: value };
    }
    return { offer, rank, weight: score.weight };
  });
  const best = scored.filter((s) => s.weight > 0).sort((a, b) => b.weight - a.weight || a.rank - b.rank);
  return best[0]?.offer ?? null;
}

Deno.test("negotiate() does what a comparison of each offer with each member says", () => {
  const random = seededRandom(501);
  for (let n = 0; n < 20_000; n++) {
    const members = Array.from({ length: random.integer(1, 6) }, () => randomMember(random));
    const blank = () => random.pick(["", " ", "\t"]);
    const header = members
      .map(({ type, weight }) => `${blank()}${type}${weight === null ? "" : `${blank()};${blank()}q=${weight}`}`)
      .join(random.pick([",", ",,", " , "]));
    const offers = [...OFFERS].sort(() => random.integer(-1, 1));
    assertEquals(negotiate(header, offers), reference(members, offers), header);
  }
});

Deno.test("negotiate() never throws, whatever the header", () => {
  const random = seededRandom(13);
  const pieces = ["image/webp", "image", "/", "*", ";", ",", "q", "=", "0.5", '"', "\\", " ", "é", "\t", "1"];
  for (let n = 0; n < 20_000; n++) {
    const header = Array.from({ length: random.integer(0, 14) }, () => random.pick(pieces)).join("");
    const got = negotiate(header, OFFERS);
    assertEquals(got === null || OFFERS.includes(got), true, header);
  }
});
