import { join } from "node:path";
import { z } from "zod";
import { exitCodes, toHarnessError } from "../../errors.ts";
import type { StepGroup } from "../../guide/types.ts";
import { projectRoot } from "../../host/paths.ts";
import { readShape } from "../../input/yaml-file.ts";
import type { RunRecord } from "../../record/record.ts";
import { count } from "../../report/text.ts";
import type { Settings } from "../../settings/settings.ts";
import { withEdit } from "../edit.ts";
import type { Kind, Place, RoundCases } from "../kind.ts";
import { optionsOf, recordOf, verdictSchema } from "../pool/children.ts";
import { demandGreen } from "../pool/green.ts";
import { describeRed, errorOf, redOf, redSchema } from "../red.ts";
import { lineOf } from "../round.ts";

const schema = z.object({
  /** The block that was left out, with its output. */
  step: z.string(),
  /** Who missed it first: a later step, which ends the run, or milestones. */
  missed: z.enum(["by a step", "by milestones", "by nobody", "not judged"]),
  verdict: verdictSchema,
  red: z.array(redSchema),
  message: z.string().exactOptional(),
  /** Whether the run began with new machines: a boot in between can do what a step does. */
  fresh: z.boolean(),
  seconds: z.number(),
});

export type Ablation = Readonly<z.infer<typeof schema>>;

/** The guide without each of its steps. It is a survey: whoever missed a step, it was judged. */
export const ablation: Kind<Ablation> = {
  name: "ablate",
  title: "steps left out",
  schema,
  document: ({ about: { startedAt, provider, artifacts, versions, commit }, results }) => ({
    date: startedAt.slice(0, "2019-04-01".length),
    provider,
    artifacts,
    versions,
    commit,
    ablations: results,
  }),
  read({ step, missed, verdict, red, message, seconds }) {
    const [section = ""] = step.split("/", 1);
    return {
      section,
      name: step,
      seconds,
      outcome: missed === "not judged" ? "error" : "passed",
      type: missed,
      detail: message === undefined ? red.map(describeRed).join("; ") : `${verdict}: ${message}`,
      exitCode: missed === "not judged" ? exitCodes[verdict] : exitCodes.passed,
    };
  },
  async summary({ results }) {
    const reasons = await loadReasons();
    const lines = results.map((result) => {
      const reason = reasons.find(({ step }) => step === result.step);
      const why = reason
        ? `${kinds[reason.kind]}: ${reason.why.trim()}`
        : "is it redundant, or is there a hole in the suites?";
      return { nobody: result.missed === "by nobody", text: lineOf(ablation.read(result)), why };
    });
    const nobody = lines.filter((line) => line.nobody).map(({ text, why }) => text + why);
    return [
      ...lines.filter((line) => !line.nobody).map(({ text }) => text),
      `\nNothing depends on ${count(nobody.length, "step")} of ${results.length}:`,
      ...nobody,
    ].join("\n");
  },
};

/** Reads from a run without `step` what depends on it. */
export function ablationOf(
  step: string,
  record: Pick<RunRecord, "verdict" | "failure" | "durationMs" | "steps" | "tests">,
  fresh: boolean,
): Ablation {
  const { verdict, durationMs } = record;
  const red = redOf(record);
  const common = { step, verdict, red, fresh, seconds: durationMs / 1000 };
  if (verdict === "passed") return { ...common, missed: "by nobody" };
  if (verdict === "guide" && red.length > 0) {
    return { ...common, missed: red.some(({ kind }) => kind === "step") ? "by a step" : "by milestones" };
  }
  return { ...common, missed: "not judged", message: errorOf(record) };
}

export type Reason = z.infer<typeof reasonSchema>;

/** Why a step on which nothing depends is in the guide all the same, or what is missing. */
export const kinds: Readonly<Record<Reason["kind"], string>> = {
  check: "it only shows something",
  redundant: "the guide works without it",
  reboot: "it is for the next boot, or for a machine that is not new",
  machines: "these machines have it already",
  hole: "the suites should notice",
};

const reasonSchema = z.strictObject({
  step: z.string(),
  kind: z.enum(["check", "redundant", "reboot", "machines", "hole"]),
  why: z.string().min(1),
});

/** `fixtures/guide/ablation.yaml`: what was found out about steps on which nothing depends. InvalidFileError if it has another shape. */
export async function loadReasons(): Promise<readonly Reason[]> {
  const hint = `a step has step, kind (${Object.keys(kinds).join(", ")}) and why`;
  const file = join(projectRoot, "fixtures/guide/ablation.yaml");
  return (await readShape(file, z.strictObject({ steps: z.array(reasonSchema) }), hint)).steps;
}

/** How steps are left out: by a run each, once the whole guide is known to hold. `fresh` runs begin with new machines. */
export const leaveOut = (
  steps: readonly StepGroup[],
  settings: Settings,
  fresh: boolean,
): RoundCases<StepGroup, Ablation> => ({
  cases: steps,
  basis: () => fresh,
  place: ({ steps: [first] }) => first?.location,
  // Its states are saved, too, so that each run can start just before the step it leaves out.
  prepare: (signal, say) =>
    demandGreen({ what: "The whole guide", others: "its steps", options: optionsOf(settings) }, signal, say),
  async *attempt(batch, place) {
    for (const { id } of batch) {
      const first = await without(id, place, fresh);
      yield first.missed === "by nobody" && !fresh ? await without(id, place, true) : first;
    }
  },
  notJudged({ id }, thrown) {
    const { message, verdict } = toHarnessError(thrown);
    return { step: id, verdict, missed: "not judged", red: [], message, fresh, seconds: 0 };
  },
});

async function without(step: string, { settings, signal }: Place, fresh: boolean): Promise<Ablation> {
  const start = fresh ? ["--fresh"] : ["--resume", "--no-save"];
  const change = { reason: "The step is left out, to see what depends on it", step, drop: true };
  const run = (changed: Settings): Promise<RunRecord> =>
    recordOf("e2e", [...optionsOf(changed), ...start], signal);
  return ablationOf(step, await withEdit(settings, "ablation", change, run), fresh);
}
