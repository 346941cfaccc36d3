import type { NightlyRun } from "./history.ts";

/** Something that ended differently although commit and inputs were the same. */
export type Flake = {
  readonly kind: "verdict" | "milestone" | "test" | "step";
  /** A milestone, `milestone: test` or a step's key; empty for the verdict. */
  readonly name: string;
  readonly commit: string;
  readonly results: readonly { readonly startedAt: string; readonly result: string }[];
  /** How often a night's result was not that of the night before. */
  readonly flips: number;
  readonly lastFlip: string;
};

/** Verdicts that say something of the guide; what came to another one, such as a jump of the clock, cannot be compared. */
const telling: ReadonlySet<string> = new Set(["passed", "guide"]);

/** Every flake among some nights, given the oldest first; the one that flipped last comes first. */
export function flakesOf(nights: readonly NightlyRun[]): Flake[] {
  const comparable = nights.filter(({ key, verdict }) => key !== undefined && telling.has(verdict));
  const groups = [...Map.groupBy(comparable, ({ key }) => key).values()];
  // By the order of the nights: their clock may have been set back.
  const place = new Map(nights.map(({ startedAt }, index) => [startedAt, index]));
  const last = ({ lastFlip }: Flake): number => place.get(lastFlip) ?? -1;
  return groups.flatMap(flakesAmong).toSorted((a, b) => last(b) - last(a));
}

/** Flakes that a night brought to light: it flipped in this one. */
export const flippedIn = (flakes: readonly Flake[], { startedAt }: NightlyRun): Flake[] =>
  flakes.filter(({ lastFlip }) => lastFlip === startedAt);

function flakesAmong(nights: readonly NightlyRun[]): Flake[] {
  return [
    ...flipping("verdict", nights, ({ verdict }) => ({ "": verdict })),
    ...flipping("milestone", nights, ({ milestones }) => milestones),
    ...flipping("test", nights, ({ tests }) => tests),
    ...flipping("step", nights, ({ steps }) => steps),
  ];
}

function flipping(
  kind: Flake["kind"],
  nights: readonly NightlyRun[],
  resultsOf: (night: NightlyRun) => Readonly<Record<string, string>>,
): Flake[] {
  const byName = Map.groupBy(
    nights.flatMap((night) =>
      Object.entries(resultsOf(night)).map(([name, result]) => ({ name, result, night })),
    ),
    ({ name }) => name,
  );
  return [...byName].flatMap(([name, all]): Flake[] => {
    const flips = all.filter(({ result }, index) => index > 0 && all[index - 1]?.result !== result);
    const last = flips.at(-1);
    if (!last) return [];
    return [
      {
        kind,
        name,
        commit: last.night.commit ?? "",
        results: all.map(({ result, night }) => ({ startedAt: night.startedAt, result })),
        flips: flips.length,
        lastFlip: last.night.startedAt,
      },
    ];
  });
}
