import { createHash } from "node:crypto";
import { z } from "zod";
import { exitCodes } from "../../errors.ts";
import type { Kind } from "../kind.ts";
import { verdictSchema } from "../pool/children.ts";

export const faultKinds = [
  "SIGKILL",
  "SIGTERM",
  "machine killed",
  "link cut",
  "sshd stopped",
  "disk full",
] as const;

const schema = z.object({
  seed: z.number(),
  round: z.number(),
  kind: z.enum(faultKinds),
  machine: z.number(),
  /** How far of the guide its machines have come when it begins: a place among the checkpoints, from 0 to 1. */
  from: z.number(),
  /** Part of a run's usual time, from 0 to 1, after which it is hit; for a full disk, of the reports' usual size. */
  at: z.number(),
  /** Whether the fault hit a run that had begun and whose proof was not over yet. */
  hit: z.boolean(),
  during: z.string().exactOptional(),
  /** Absent if the run could not say, as one that is killed cannot. */
  verdict: verdictSchema.exactOptional(),
  message: z.string().exactOptional(),
  exitCode: z.number().exactOptional(),
  left: z.array(z.string()),
  seconds: z.number(),
  /** What it shows of this project: a verdict that is wrong, something that is left. */
  defects: z.array(z.string()),
  notPlayed: z.string().exactOptional(),
});

/** A draw, what was seen when it was tried, and what that shows. */
export type JudgedDraw = Readonly<z.infer<typeof schema>>;

export const caseName = (round: number): string => `round ${round}`;

/** Runs under faults: a failure is a defect of this project, what hit nothing is skipped. */
export const chaos: Kind<JudgedDraw> = {
  name: "chaos",
  title: "runs under faults",
  schema,
  isDrawn: true,
  read({ seed, round, kind, hit, during, verdict, message = "", seconds, defects, notPlayed }) {
    const what = hit ? `during ${during ?? "all of it"}` : "the run had not begun, or was proved";
    const common = {
      className: `chaos.${kind.replaceAll(" ", "-")}`,
      name: caseName(round),
      seconds,
      detail: [`${kind} ${what}: ${verdict ?? "no verdict"}`, ...defects].join("; "),
      properties: { seed: String(seed), during: during ?? "", verdict: verdict ?? "none", message },
      exitCode: exitCodes.passed,
    };
    if (notPlayed !== undefined) {
      return {
        ...common,
        outcome: "error",
        type: "not tried",
        detail: notPlayed,
        exitCode: exitCodes.harness,
      };
    }
    if (defects.length > 0) {
      return { ...common, outcome: "failed", type: "defect", exitCode: exitCodes.harness };
    }
    return hit
      ? { ...common, outcome: "passed", type: "held" }
      : { ...common, outcome: "skipped", type: "missed" };
  },
  document: ({ results }) => ({ seed: results[0]?.seed, ...totalsOf(results), played: results }),
  summary({ results }) {
    const totals = totalsOf(results);
    const { hits, defects, byKind } = totals;
    return [
      ...Object.entries(byKind).map(
        ([kind, { hits: own, verdicts }]) =>
          `${kind.padEnd(15)} ${String(own).padStart(4)} hits: ${Object.entries(verdicts)
            .map(([verdict, count]) => `${verdict} ${count}`)
            .join(", ")}`,
      ),
      ...results
        .filter((one) => one.defects.length > 0)
        .map(({ seed, round }) => `again: pnpm chaos --seed ${seed} ${round}`),
      `seed ${results[0]?.seed}: ${results.length} rounds, ${hits} hits, ${defects} with defects`,
      ...(isTelling(results)
        ? []
        : ["Most rounds hit nothing, so they show nothing: see what their runs ended with."]),
    ].join("\n");
  },
  isTelling,
};

/** Whether the rounds show anything: where most of them hit nothing, as when no run could begin, they do not. */
function isTelling(results: readonly Pick<JudgedDraw, "hit">[]): boolean {
  return results.filter(({ hit }) => hit).length * 2 >= results.length;
}

function totalsOf(results: readonly JudgedDraw[]) {
  const hits = results.filter(({ hit }) => hit);
  const byKind = faultKinds.map((kind) => {
    const own = hits.filter((one) => one.kind === kind);
    const verdicts = Map.groupBy(own, ({ verdict }) => verdict ?? "none");
    const numbers = Object.fromEntries([...verdicts].map(([name, all]) => [name, all.length]));
    return [kind, { hits: own.length, verdicts: numbers }] as const;
  });
  return {
    rounds: results.length,
    hits: hits.length,
    defects: results.filter(({ defects }) => defects.length > 0).length,
    byKind: Object.fromEntries(byKind),
  };
}

export type ChaosResult = Pick<JudgedDraw, "hit" | "during" | "verdict" | "message" | "exitCode" | "left">;

/** What is wrong with how a run's process ended: who calls it goes by that alone. */
function endOf({
  verdict,
  exitCode,
}: { readonly [key in "verdict" | "exitCode"]: ChaosResult[key] | undefined }) {
  if (exitCode === undefined) return [];
  if (verdict === undefined) return exitCode === 0 ? ["exit code 0 without a verdict"] : [];
  return exitCode === exitCodes[verdict] ? [] : [`exit code ${exitCode} for the verdict ${verdict}`];
}

export function defectsOf(
  { kind }: Pick<JudgedDraw, "kind">,
  { hit, verdict, exitCode, left }: ChaosResult,
): string[] {
  const ended = endOf({ verdict, exitCode });
  const defects = [...left.map((what) => `left after gc: ${what}`), ...ended];
  if (!hit) return defects;
  if (verdict === "passed" || verdict === "guide") defects.push(`verdict ${verdict} for an injected fault`);
  if (kind === "SIGTERM" && verdict !== "interrupted") defects.push(`verdict ${verdict} for SIGTERM`);
  if (kind !== "SIGKILL" && verdict === undefined) defects.push("no verdict");
  return defects;
}

/** One round: which fault, where, and when in a run. */
export type ChaosCase = Pick<JudgedDraw, "round" | "kind" | "machine" | "from" | "at">;

/** A number from 0 to 1 that seed and words determine. */
const number = (...words: readonly (string | number)[]): number =>
  createHash("sha256").update(words.join(" ")).digest().readUInt32BE() / 2 ** 32;

/** The draw of a round: the same for the same seed, whatever rounds were before. Kinds take turns. */
export const drawOf = (seed: number, round: number): ChaosCase => ({
  round,
  kind: faultKinds[round % faultKinds.length] ?? "SIGKILL",
  machine: number(seed, round, "machine"),
  from: number(seed, round, "from"),
  at: number(seed, round, "at"),
});
