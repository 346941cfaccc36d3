import chalk from "chalk";
import { faultKinds } from "./draw.ts";
import type { Judged } from "./judge.ts";

/** A line for a round, as it is over. */
export function lineOf({ round, kind, hit, during, verdict, seconds, defects }: Judged): string {
  const state =
    defects.length > 0 ? chalk.red("defect ") : hit ? chalk.green("held   ") : chalk.dim("missed ");
  const what = hit ? `during ${during ?? "all of it"}` : "the run had not begun, or was proved";
  const told = [`${kind} ${what}: ${verdict ?? "no verdict"}`, ...defects].join("; ");
  return `${state} ${String(round).padStart(4)}  ${seconds.toFixed(0).padStart(4)} s  ${told}`;
}

/** What all rounds came to. */
export type Totals = {
  readonly rounds: number;
  readonly hits: number;
  readonly defects: number;
  readonly byKind: Readonly<
    Record<string, { readonly hits: number; readonly verdicts: Readonly<Record<string, number>> }>
  >;
};

export function totalsOf(rounds: readonly Judged[]): Totals {
  const hits = rounds.filter(({ hit }) => hit);
  const byKind = faultKinds.map((kind) => {
    const own = hits.filter((round) => round.kind === kind);
    const verdicts = Map.groupBy(own, ({ verdict }) => verdict ?? "none");
    return [
      kind,
      {
        hits: own.length,
        verdicts: Object.fromEntries([...verdicts].map(([name, all]) => [name, all.length])),
      },
    ] as const;
  });
  return {
    rounds: rounds.length,
    hits: hits.length,
    defects: rounds.filter(({ defects }) => defects.length > 0).length,
    byKind: Object.fromEntries(byKind),
  };
}

/** Whether the rounds show anything: where most of them hit nothing, as when no run could begin, they do not. */
export const isTelling = ({ rounds, hits }: Pick<Totals, "rounds" | "hits">): boolean => hits * 2 >= rounds;

/** All of it for a person, with what repeats a round that showed a defect. */
export function summaryOf(seed: number, rounds: readonly Judged[]): string {
  const totals = totalsOf(rounds);
  const { hits, defects, byKind } = totals;
  return [
    ...Object.entries(byKind).map(
      ([kind, { hits: own, verdicts }]) =>
        `${kind.padEnd(15)} ${String(own).padStart(4)} hits: ${Object.entries(verdicts)
          .map(([verdict, count]) => `${verdict} ${count}`)
          .join(", ")}`,
    ),
    ...rounds
      .filter((round) => round.defects.length > 0)
      .map(({ round }) => `again: pnpm chaos --seed ${seed} --round ${round}`),
    `seed ${seed}: ${rounds.length} rounds, ${hits} hits, ${defects} with defects`,
    ...(isTelling(totals)
      ? []
      : ["Most rounds hit nothing, so they show nothing: see what their runs ended with."]),
  ].join("\n");
}
