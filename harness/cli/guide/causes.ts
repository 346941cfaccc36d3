import { UsageError } from "../../errors.ts";
import { type CheckFinding, checkGuide, type CheckReport } from "../../guide/check/index.ts";
import { guideAt } from "../../guide/edit/compare/revision.ts";
import { InvalidGuideError } from "../../guide/invalid-guide.ts";
import { buildPlan, type PlanInput } from "../../guide/plan/plan.ts";
import { loadProfile } from "../../profile/profile.ts";
import type { ChangedBlock } from "../../record/blame.ts";
import { changeOf } from "../../run/evidence/guide-change.ts";

type Input = Omit<PlanInput, "layout">;

/** How many changes are named for a finding. */
const most = 3;

/**
 * Names, for each finding that the guide of a revision does not have and whose step is as it was there, the blocks that were changed
 * since and may have caused it. The report as it is where nothing can be compared: no repository, no such revision, a guide that
 * cannot be read.
 */
export async function withCauses(report: CheckReport, input: Input, base = "HEAD"): Promise<CheckReport> {
  try {
    await using revision = await guideAt(input.guideFile, base);
    const before = { ...input, guideFile: revision.file, errata: [], extraEdits: [] };
    const [was, is] = [await buildPlan(before), await buildPlan(input)];
    const { blocks } = changeOf(was, is, loadProfile(input.guideFile));
    if (blocks.length === 0) return report;
    const old = await checkGuide(before);
    const known = new Set([...old.findings, ...old.kept].map(keyOf));
    const order = is.groups.map(({ id }) => id);
    return {
      ...report,
      findings: report.findings.map((finding) => {
        const causes = known.has(keyOf(finding)) ? [] : causesOf(finding, blocks, order);
        return causes.length === 0 ? finding : Object.assign({}, finding, { causes });
      }),
    };
  } catch (thrown) {
    if (thrown instanceof UsageError || thrown instanceof InvalidGuideError) return report;
    throw thrown;
  }
}

const keyOf = ({ rule, step = "", message }: CheckFinding): string => [rule, step, message].join("\0");

/** Changed blocks that a finding may come from: those whose changed lines name what it speaks of, else all before it. */
function causesOf(
  { step, message, hint }: CheckFinding,
  blocks: readonly ChangedBlock[],
  order: readonly string[],
): ChangedBlock[] {
  if (step === undefined || blocks.some(({ id }) => id === step)) return [];
  const spoken = namesIn(`${message} ${hint}`);
  const naming = blocks.filter(({ lines }) =>
    [...namesIn(lines.join("\n"))].some((name) => spoken.has(name)),
  );
  const earlier = blocks.filter(
    ({ id, kind }) => kind === "removed" || order.indexOf(id) < order.indexOf(step),
  );
  return (naming.length > 0 ? naming : earlier).slice(0, most);
}

/** The words of a text that name something: paths, files, units, variables. */
const namesIn = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/[\w$][\w.:@-]{3,}/g)].flatMap(([word]) =>
      /[./:_$\d-]|[A-Z]/.test(word.slice(0, -1)) ? [word.replace(/[.:]$/, "")] : [],
    ),
  );
