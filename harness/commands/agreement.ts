import type { RunRecord } from "../run/record.ts";

/** What of a run must not depend on where it began. */
export type Evidence = Pick<RunRecord, "verdict"> & {
  readonly steps: readonly Pick<RunRecord["steps"][number], "key" | "outcome">[];
  readonly tests: readonly Pick<RunRecord["tests"][number], "milestone" | "name" | "outcome">[];
};

/** In what a resumed run contradicts one from the beginning: verdict, tests, and the steps that it did itself. Empty if in nothing. */
export function contradictions(fresh: Evidence, resumed: Evidence): string[] {
  const verdict =
    fresh.verdict === resumed.verdict ? [] : [`verdict ${resumed.verdict}, not ${fresh.verdict}`];
  const own = new Set(resumed.steps.map(({ key }) => key));
  return [
    ...verdict,
    ...differing(
      fresh.steps.filter(({ key }) => own.has(key)).map(({ key, outcome }) => [key, outcome]),
      resumed.steps.map(({ key, outcome }) => [key, outcome]),
    ),
    ...differing(fresh.tests.map(named), resumed.tests.map(named)),
  ];
}

type Named = readonly [name: string, outcome: string];

const named = ({ milestone, name, outcome }: Evidence["tests"][number]): Named => [
  `${milestone}: ${name}`,
  outcome,
];

function differing(fresh: readonly Named[], resumed: readonly Named[]): string[] {
  const [were, are] = [new Map(fresh), new Map(resumed)];
  return [...new Set([...were.keys(), ...are.keys()])]
    .filter((name) => were.get(name) !== are.get(name))
    .map((name) => `${name}: ${are.get(name) ?? "not run"}, not ${were.get(name) ?? "not run"}`);
}
