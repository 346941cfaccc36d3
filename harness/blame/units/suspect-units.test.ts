import { expect, test } from "vitest";
import { sampleTest } from "../../report/sample.ts";
import { failedWith, stepRecord } from "../../run/testing.ts";
import { blamesOf } from "../blame.ts";
import { guideEvidence, run, unit } from "../sample.ts";

const evidence = await guideEvidence();

test("no step that comes later, and none that was removed from later, is a suspect of a step that failed", () => {
  const failed = evidence.plan.find(({ section }) => section === "2.1");
  const gone = evidence.plan.find(({ id }) => id.startsWith("2.7.2/"));
  if (!failed || !gone) throw new Error("the guide has other sections");
  const plan = evidence.plan.filter(({ id }) => id !== gone.id);
  const steps = [stepRecord({ ...failed, ...failedWith("bash: wget: command not found") })];
  const green = run({ id: "20190401T091500-e2e-41", plan: evidence.plan });
  const [blame] = blamesOf({ run: run({ steps }), ...evidence, plan, units: [], green });
  const ids = evidence.plan.map(({ id }) => id);
  expect(blame?.steps[0]?.id).toBe(failed.id);
  expect(blame?.steps.filter(({ id }) => ids.indexOf(id) > ids.indexOf(failed.id))).toEqual([]);
  expect(blame?.since?.blocks.map(({ id }) => id)).toEqual([gone.id]);
});

test("a unit that was stopped leads to who starts it, on its machine, whichever tests ran", () => {
  const stopped = { active: "inactive", sub: "dead", result: "success" };
  const units = [unit("t72", "flanneld", stopped), unit("t76", "flanneld")];
  const looks = ["t72", "t76"].map((machine) => ({ machine, kind: "unit" as const, name: "flanneld" }));
  const about = { milestone: "flannel", looks };
  const red = sampleTest({ ...about, sections: ["4.2.3"], ...failedWith("flanneld of t72 is inactive") });
  const other = sampleTest({ ...about, name: "another", sections: ["4.2.3", "4.2.5"] });
  for (const tests of [[red], [red, other]]) {
    const [blame] = blamesOf({ run: run({ tests }), ...evidence, units });
    expect(blame?.steps[0]).toMatchObject({ id: "4.2.5/start-network", machines: ["t72"] });
  }
});
