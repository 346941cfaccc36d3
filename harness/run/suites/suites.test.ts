import { expect, test, vi } from "vitest";
import { GuideFailure, Interrupted } from "../../errors.ts";
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

test("who ends a run by a signal does not wait until the names of all tests are known", async () => {
  const made = context({});
  const controller = new AbortController();
  const list = vi.fn<typeof silent.list>(async () => []);
  const suites = runSuites({
    ...made,
    ...asked,
    context: { ...made.context, signal: controller.signal },
    program: { ...silent, list },
    before: async () => controller.abort(new Interrupted("Interrupted by SIGINT")),
  });
  await expect(suites).rejects.toThrow("Interrupted by SIGINT");
  expect(list).not.toHaveBeenCalled();
  expect(made.recorder.tests).toMatchObject([{ milestone: "etcd", outcome: "skipped" }]);
});
