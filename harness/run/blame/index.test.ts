import { expect, test, vi } from "vitest";
import type { TestRecord } from "../record.ts";
import { Recorder } from "../recorder.ts";
import { Redactor } from "../redact.ts";
import { failedWith, testRecord } from "../testing.ts";
import { recordBlame } from "./index.ts";
import type { Around } from "./judge.ts";
import { guideSteps } from "./sample.ts";

const facts = { provider: "", artifactSet: "", versions: {}, ports: [], dropped: [], cannotProve: [] };
const plan = await guideSteps();
const busy = { cores: 2, load: 31, runnable: 28, stalled: {} };
const around = (changes: Partial<Around> = {}): Around => ({
  host: { load: { cores: 2, load: 1, runnable: 1, stalled: {} }, disks: [] },
  machines: [],
  ...changes,
});

/** Outcomes of a run's tests after blame, and how often it looked around. */
async function blamed(tests: readonly TestRecord[], seen: Around) {
  const recorder = new Recorder("id", "test", { ...facts, plan }, []);
  for (const each of tests) recorder.testEnded(each);
  const look = vi.fn<() => Promise<Around>>().mockResolvedValue(seen);
  await recordBlame(recorder, [], "/nowhere", new Redactor(), look);
  return [recorder.tests.map(({ outcome }) => outcome).join(), look.mock.calls.length];
}

const late = testRecord(failedWith("no answer", { late: true }));
const wrong = testRecord(failedWith("7 is not 8"));

test("a red milestone is the guide's fault only if all around it is in order", async () => {
  expect(await blamed([late, wrong], around())).toEqual(["failed,failed", 1]);
  const rebooted = around({ machines: [{ machine: "t72", rebooted: true }] });
  expect(await blamed([late, wrong], rebooted)).toEqual(["error,error", 1]);
});

test("a starved host excuses what was late, and nothing else", async () => {
  expect(await blamed([late, wrong], around({ host: { load: busy, disks: [] } }))).toEqual([
    "error,failed",
    1,
  ]);
});

test("a green run looks at nothing", async () => {
  expect(await blamed([testRecord()], around())).toEqual(["passed", 0]);
});
