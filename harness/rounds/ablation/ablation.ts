import { join } from "node:path";
import { z } from "zod";
import { exitCodes } from "../../errors.ts";
import { projectRoot } from "../../host/paths.ts";
import type { RunRecord } from "../../record/record.ts";
import { sectionClass } from "../../report/junit/cases.ts";
import { count } from "../../report/text.ts";
import { readShape } from "../../input/yaml-file.ts";
import { verdictSchema } from "../pool/children.ts";
import type { Kind } from "../kind.ts";
import { describeRed, errorOf, redOf, redSchema } from "../red.ts";
import { lineOf } from "../round.ts";

const schema = z.object({
  /** The block that was left out, with its output. */
  step: z.string(),
  /** Who missed it first: a later step, which ends the run, or milestones. */
  missed: z.enum(["by a step", "by milestones", "by nobody", "not judged"]),
  verdict: verdictSchema,
  red: z.array(redSchema),
  /** Why it could not be judged. */
  message: z.string().exactOptional(),
  /** Whether the run began with new machines: a boot in between can do what a step does. */
  fresh: z.boolean(),
  seconds: z.number(),
});

/** What came of a guide without one of its steps. */
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
      className: sectionClass(section),
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
