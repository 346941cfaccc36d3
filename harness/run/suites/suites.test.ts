import { expect, test } from "vitest";
import { GuideFailure } from "../../errors.ts";
import { context } from "../testing.ts";
import { runSuites } from "./suites.ts";

/** A process of suites that says nothing, and does not end. */
const silent = { run: () => ["-e", "process.on('message', () => undefined)"], list: async () => [] };

const asked = {
  cluster: "test",
  guide: "guide.md",
  machines: [],
  milestones: ["etcd"],
  order: [],
  keep: false,
};

test("what fails beside the suites ends them, and is what failed", async () => {
  const made = context({});
  const suites = runSuites({
    ...made,
    ...asked,
    program: silent,
    before: async (beside) => beside(Promise.reject(new GuideFailure("kubelet did not stay up"))),
  });
  await expect(suites).rejects.toThrow("kubelet did not stay up");
  expect(made.recorder.tests).toMatchObject([
    { milestone: "etcd", outcome: "skipped", skipped: "not reached: a step beside the suites failed" },
  ]);
});
