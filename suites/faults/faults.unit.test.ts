import { expect, test } from "vitest";
import { type Cluster, machines, nodes, profile, type SuiteMachine } from "../cluster/index.ts";
import type { Counter } from "./probes/counter.ts";
import { first, last, leader, placed, repeated } from "./expected.ts";
import { faults } from "./faults.ts";
import { notices, probesOf } from "./probes/probes.ts";
import type { LastSeenPods } from "./last-seen-pods.ts";
import type { Probe } from "./watch.ts";

/** What is looked at during a fault. */
function lookedAt({ looksAt, subnets }: (typeof faults)[number]): Probe[] {
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what it takes to name the probes
  const cluster = { kubectl: {}, nodes, workload: { namespace: "suites" } } as unknown as Cluster;
  // oxlint-disable-next-line no-unsafe-type-assertion -- the same
  const lastSeen = { on: () => [] } as unknown as LastSeenPods;
  // oxlint-disable-next-line no-unsafe-type-assertion -- the same
  const of = { lastSeen, counter: {} as Counter, node: { name: looksAt } as SuiteMachine, subnets };
  return probesOf(cluster, of);
}

test.each(faults)("$name: what is expected is looked at", (fault) => {
  expect(lookedAt(fault).map(({ name }) => name)).toEqual(
    expect.arrayContaining(Object.keys(fault.expected)),
  );
});

test.each(faults)(
  "$name: what is done just before it may take its time, and the next look comes after that",
  (fault) => {
    const tooSoon = lookedAt(fault).filter(({ name, late, interval }) => {
      const [, latest = Infinity] = fault.expected[name]?.breaks ?? [];
      // Requests that are on their way are lost: no look that began before is right.
      return late <= 10_000 && 1000 * latest < late + interval;
    });
    expect(tooSoon.map(({ name }) => name)).toEqual([]);
  },
);

test.each(faults)("$name: what breaks has to be back", ({ expected }) => {
  expect(Object.values(expected).filter(({ back }) => back === undefined)).toEqual([]);
});

test.each(faults.filter(({ expected }) => expected[notices.reads]?.back))(
  "$name: who leads may have ended itself by when the API is back, and another one has its time",
  ({ expected }) => {
    const api = expected[notices.reads]?.back ?? Infinity;
    const led = [notices.replicaSets, ...nodes.map(({ name }) => notices.newPods(name))];
    expect(led.filter((what) => (expected[what]?.back ?? 0) < api + leader)).toEqual([]);
  },
);

test.each(faults.filter(({ name }) => name.includes("cut off")))(
  "$name: what is told over the link has TCP's time to come",
  ({ expected, repeats }) => {
    expect(repeats).toBe(true);
    expect(Object.entries(expected).filter(([, { back = 0 }]) => back < repeated)).toEqual([]);
  },
);

const cut = faults.find(({ name }) => name === `${first} cut off`)!;
const ofOthers = notices.services(last);

test("where backends are says what becomes of others' Services, and of nothing else", () => {
  const { [ofOthers]: services, ...rest } = cut.expected;
  const { breaks, mended, back } = services!;
  expect(placed(cut.expected, first, [first, last])).toEqual(cut.expected);
  expect(placed(cut.expected, first, [first, first])).toEqual({ ...rest, [ofOthers]: { breaks, back } });
  expect(placed(cut.expected, first, [last])).toEqual({ ...rest, [ofOthers]: { mended, back } });
});

test("every unit is taken away in four ways, every machine in three, every link in one, each once", () => {
  const names = faults.map(({ name }) => name);
  const kinds = [...profile.units.map((unit) => `${unit} of `), ...machines.map(({ name }) => `${name} `)];
  const ways = kinds.map((kind) => names.filter((name) => name.startsWith(kind)).length);
  expect(ways).toEqual(kinds.map(() => 4));
  expect(new Set(names).size).toBe(4 * kinds.length);
});

test("Services go on while the master is away, in whatever way", () => {
  const master = machines.find(({ role }) => role === "master");
  const away = faults.filter(({ machine, name }) => machine === master?.name && !name.includes(" of "));
  const broken = away.flatMap(({ name, expected }) =>
    nodes.flatMap((node) => {
      const { back, afterwards } = expected[notices.services(node.name)] ?? {};
      return back === undefined || afterwards ? [] : [name];
    }),
  );
  expect([away.length, broken]).toEqual([4, []]);
});
