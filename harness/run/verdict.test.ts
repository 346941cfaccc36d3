import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { InfrastructureError } from "../errors.ts";
import { useStateFolder } from "../faults/run-with-fault.ts";
import { milestones } from "../faults/scenario.ts";
import { FaultTestbed } from "../faults/world.ts";
import type { TestRecord } from "../record/record.ts";
import { processRedactor } from "../secrets/redact.ts";
import { failedWith } from "./testing.ts";
import { failureRecord, verdictOfTests } from "./verdict.ts";

useStateFolder();

const record = (
  outcome: TestRecord["outcome"],
  verdict?: "infrastructure" | "guide" | "not-possible",
): TestRecord => ({
  milestone: "etcd",
  name: "a test",
  sections: [],
  startMs: 0,
  durationMs: 1,
  outcome,
  facts: {},
  ...(verdict && { failure: { verdict, message: "" } }),
});

test.each([
  [[], "passed"],
  [[record("passed"), record("skipped")], "passed"],
  [[record("passed"), record("failed", "guide")], "guide"],
  [[record("failed", "guide"), record("error", "infrastructure")], "infrastructure"],
  [[record("error")], "harness"],
  [[record("error", "infrastructure"), record("error")], "harness"],
  [[record("error", "not-possible"), record("failed", "guide")], "not-possible"],
  [[record("error", "guide")], "harness"],
])("%j leads to %s", (tests, verdict) => expect(verdictOfTests(tests)).toBe(verdict));

test("a failure is redacted wherever it has text", () => {
  const secret = "663eb46fb81c4cf2a9bedb84bea03582";
  const error = new InfrastructureError(`connection lost during: echo ${secret}`, {
    machine: "t71",
    command: `echo ${secret}`,
    outputTail: secret,
    exitCode: 255,
    location: { file: secret, line: 1 },
  });
  processRedactor.learn([secret]);
  const failure = failureRecord(error);
  expect(JSON.stringify(failure)).not.toContain(secret);
  expect(failure).toMatchObject({ verdict: "infrastructure", machine: "t71", exitCode: 255 });
});

test("a step that is red counts, though nobody has failed for it", async () => {
  await using world = await FaultTestbed.make();
  const ended = await world.run({}, async (run) => {
    const plan = await run.plan();
    await run.request({ plan, suites: milestones });
    await run.up(await run.prepare());
    await run.suites(milestones, { before: (beside) => run.apply(plan, { beside }) });
    const { failure } = failedWith("app did not stay up");
    run.recorder.unitFound(
      { machine: "t71", unit: "app", step: "1.1/unit@t71", state: "failed", dead: true, at: 1 },
      failure,
    );
  });
  expect(ended.verdict).toBe("harness");
  expect(ended.failure?.message).toBe(
    "Not all that was asked for was proved: 1 of 7 steps did not pass, the first 1.1/unit@t71",
  );
});

const erratum = {
  id: "old-version",
  section: "1.1",
  class: "wrong-value",
  written: "greet them",
  corrected: "greet everybody",
  why: "Everybody is to be greeted.",
  symptom: { step: "1.1/wait", message: "v1.13.1" },
  holds_for: { sets: ["debian"], systems: ["debian12"] },
  changes: [{ reason: "As it was.", step: "1.1/command", find: "greet everybody", replace: "greet them" }],
};

test.each([
  ["old-version", "v1.13.1", "guide"],
  ["old-version", "nothing yet", "infrastructure"],
  ["", "v1.13.1", "infrastructure"],
])("with the defect %j in the guide, %j on a starved host is: %s", async (id, stdout, verdict) => {
  await using world = await FaultTestbed.make();
  await mkdir(join(world.folder, "errata"));
  await writeFile(join(world.folder, "errata/old-version.yaml"), JSON.stringify(erratum));
  world.load = { cores: 2, load: 31, runnable: 28, stalled: {} };
  world.hits.set("in wait", () => ({ stdout: `${stdout}\n` }));
  const ended = await world.run({ errata: id === "" ? [] : [id] });
  expect(ended.failure).toMatchObject({ step: "1.1/wait@t71", verdict });
});

test("blame is of what ended a run, not of what was corrected before", async () => {
  await using world = await FaultTestbed.make();
  world.hits.set("in command", () => ({ exitCode: 2 }));
  const ended = await world.run({}, async (run) => {
    const plan = await run.plan();
    await run.up(await run.prepare());
    await run.apply(plan).catch(() => undefined);
    run.corrected();
    world.hits.delete("in command");
    world.hits.set("in download", () => ({ exitCode: 3 }));
    await run.apply(plan);
  });
  expect(ended.steps.filter(({ outcome }) => outcome === "failed").map(({ id }) => id)).toContain(
    "1.1/command",
  );
  expect(ended.blames?.map(({ of }) => of)).toEqual([expect.stringMatching(/^1\.1\/download@/)]);
});
