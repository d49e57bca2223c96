/** The fair queue against a list and a slow rule. */
import { assertEquals } from "@std/assert";
import { FairQueue } from "../../codec/fair_queue.ts";
import { seededRandom } from "../doubles/seeded_random.ts";

interface Job {
  readonly party: string;
  readonly n: number;
}

Deno.test("FairQueue() serves no party twice while another one waits that has no more at work", () => {
  const random = seededRandom(4_711);
  for (let round = 0; round < 200; round++) {
    const queue = new FairQueue<Job>();
    const model: Job[] = [];
    const atWork = new Map<string, number>();
    for (let step = 0; step < 60; step++) {
      const kind = random.integer(0, 3);
      if (kind <= 1) {
        const job = { party: random.pick(["a", "b", "c"]), n: step };
        queue.push(job);
        model.push(job);
      } else if (kind === 2) {
        const job = queue.next((party) => atWork.get(party) ?? 0);
        if (model.length === 0) {
          assertEquals(job, null);
          continue;
        }
        const counts = model.map(({ party }) => atWork.get(party) ?? 0);
        assertEquals(atWork.get(job!.party) ?? 0, Math.min(...counts), "fewest at work");
        assertEquals(job, model.find(({ party }) => party === job!.party), "first of its party");
        queue.take(job!);
        model.splice(model.indexOf(job!), 1);
        atWork.set(job!.party, (atWork.get(job!.party) ?? 0) + 1);
      } else {
        const gone = model.length === 0 ? undefined : random.pick(model);
        if (gone !== undefined) {
          assertEquals([queue.remove(gone), queue.remove(gone)], [true, false]);
          model.splice(model.indexOf(gone), 1);
        }
        const party = random.pick(["a", "b", "c"]);
        atWork.set(party, Math.max(0, (atWork.get(party) ?? 0) - 1));
      }
      assertEquals(queue.size, model.length);
      const waits = (party: string) => model.filter((job) => job.party === party).length;
      const longest = queue.latestOfLongest();
      if (longest !== null) {
        assertEquals(waits(longest.party), Math.max(...["a", "b", "c"].map(waits)));
        assertEquals(longest, model.findLast(({ party }) => party === longest.party));
      }
    }
    assertEquals(queue.drain().length, model.length);
    assertEquals([queue.size, queue.next(() => 0)], [0, null]);
  }
});
