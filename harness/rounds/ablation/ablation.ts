import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { signature } from "../../guide/edit/compare.ts";
import type { Verdict } from "../../errors.ts";
import { InvalidFileError } from "../../findings.ts";
import type { Plan } from "../../guide/types.ts";
import { projectRoot } from "../../host/paths.ts";
import type { RunRecord } from "../../record/record.ts";
import type { Settings } from "../../settings/settings.ts";
import { checkShape, parseYaml } from "../../yaml-file.ts";
import { type Red, redOf } from "../red.ts";

/** What came of a guide without one of its steps. */
export type Ablation = {
  /** The block that was left out, with its output. */
  readonly step: string;
  /** Who missed it first: a later step, which ends the run, or milestones. */
  readonly missed: "by a step" | "by milestones" | "by nobody" | "not judged";
  readonly verdict: Verdict;
  readonly red: readonly Red[];
  /** Why it could not be judged. */
  readonly message?: string;
  /** Whether the run began with new machines: a boot in between can do what a step does. */
  readonly fresh: boolean;
  readonly seconds: number;
};

/** A round, and what it was done with. */
export type AblationReport = {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly provider: string;
  readonly artifacts: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit?: string;
  readonly ablations: readonly Ablation[];
};

/** Reads from a run without `step` who missed it. */
export function ablationOf(
  step: string,
  record: Pick<RunRecord, "verdict" | "failure" | "durationMs" | "steps" | "tests">,
  fresh: boolean,
): Ablation {
  const { verdict, failure, durationMs, tests } = record;
  const red = redOf(record);
  const common = { step, verdict, red, fresh, seconds: durationMs / 1000 };
  if (verdict === "passed") return { ...common, missed: "by nobody" };
  if (verdict === "guide" && red.length > 0) {
    return { ...common, missed: red.some(({ kind }) => kind === "step") ? "by a step" : "by milestones" };
  }
  const error = failure?.message ?? tests.find(({ outcome }) => outcome === "error")?.failure?.message;
  return { ...common, missed: "not judged", message: error ?? "no more is known" };
}

/** What an ablation depends on: every step of the guide, and what it is tried on. */
export const keyOf = (
  step: string,
  plan: Plan,
  { provider, artifacts, nodes, online, adopt }: Settings,
): string =>
  createHash("sha256")
    .update(JSON.stringify([step, provider, artifacts, nodes, online, adopt, plan.groups.map(signature)]))
    .digest("hex")
    .slice(0, 16);

export type Reason = z.infer<typeof reason>;

/** Why a step that nobody misses is in the guide all the same, or what lacks. */
export const kinds: Readonly<Record<Reason["kind"], string>> = {
  check: "it only shows something",
  redundant: "the guide works without it",
  reboot: "it is for the next boot, or for a machine that is not new",
  machines: "these machines have it already",
  hole: "the suites should notice",
};

const reason = z.strictObject({
  step: z.string(),
  kind: z.enum(["check", "redundant", "reboot", "machines", "hole"]),
  why: z.string().min(1),
});

/** `fixtures/guide/ablation.yaml`: what was found out about steps that nobody misses. InvalidFileError if it has another shape. */
export async function loadReasons(): Promise<readonly Reason[]> {
  const file = join(projectRoot, "fixtures/guide/ablation.yaml");
  const yaml = parseYaml(await readFile(file, "utf8"), file);
  const hint = `a step has step, kind (${Object.keys(kinds).join(", ")}) and why`;
  if ("findings" in yaml) throw new InvalidFileError(yaml.findings, hint);
  const checked = checkShape(z.strictObject({ steps: z.array(reason) }), yaml.value, yaml, [], hint);
  if ("findings" in checked) throw new InvalidFileError(checked.findings, hint);
  return checked.data.steps;
}
