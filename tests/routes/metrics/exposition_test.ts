import { assertEquals } from "@std/assert";
import { Counter, Family, gaugeText, Histogram } from "../../../routes/_metrics/exposition.ts";

Deno.test("Family.text() is empty without a sample and has one line a child of a counter", () => {
  const head = { name: "a_total", type: "counter", help: "What it is." } as const;
  const family = new Family(head, ["x", "y"], () => new Counter());
  assertEquals(family.text(), "");
  family.of("1", 'quo"te\\\n').add();
  family.of("2", "b").add(2.5);
  family.of("2", "b").add();
  assertEquals(
    family.text(),
    '# HELP a_total What it is.\n# TYPE a_total counter\na_total{x="1",y="quo\\"te\\\\\\n"} 1\na_total{x="2",y="b"} 3.5\n',
  );
});

Deno.test("Histogram.observe() counts into every bucket that the value fits, its upper end included", () => {
  const head = { name: "t_seconds", type: "histogram", help: "Times." } as const;
  const family = new Family(head, ["route"], () => new Histogram([0.1, 1]));
  for (const seconds of [0.05, 0.1, 0.5, 7]) family.of("/").observe(seconds);
  assertEquals(family.text().split("\n").slice(2, -1), [
    't_seconds_bucket{route="/",le="0.1"} 2',
    't_seconds_bucket{route="/",le="1"} 3',
    't_seconds_bucket{route="/",le="+Inf"} 4',
    't_seconds_sum{route="/"} 7.65',
    't_seconds_count{route="/"} 4',
  ]);
});

Deno.test("a histogram without labels has the bucket's end alone in its braces", () => {
  const family = new Family({ name: "d", type: "histogram", help: "D." }, [], () => new Histogram([1]));
  family.of().observe(2);
  assertEquals(family.text().split("\n").slice(2, -1), [
    'd_bucket{le="1"} 0',
    'd_bucket{le="+Inf"} 1',
    "d_sum 2",
    "d_count 1",
  ]);
});

Deno.test("gaugeText() writes the rows that it is given", () => {
  const text = gaugeText("g", "G.", { '{state="a"}': 1, '{state="b"}': 0 });
  assertEquals(text, '# HELP g G.\n# TYPE g gauge\ng{state="a"} 1\ng{state="b"} 0\n');
});
