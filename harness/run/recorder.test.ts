import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { Deadlines } from "../deadlines.ts";
import type { Reporter, RunEvent } from "../record/events.ts";
import { processRedactor } from "../secrets/redact.ts";
import { Recorder } from "./recorder.ts";
import type { Conclusion } from "./reporters.ts";
import { failedWith, stepRecord, testRecord } from "./testing.ts";
import { temporaryFolder } from "../testing.ts";

const facts = { provider: "", artifactSet: "", versions: {}, ports: [], dropped: [], cannotProve: [] };

let folder: string;
beforeEach(() => void (folder = temporaryFolder()));

/** As a run concludes: a reporter that broke is the harness's failure. */
const conclude = (broken: readonly Error[]): Conclusion =>
  broken[0]
    ? { verdict: "harness", failure: { verdict: "harness", message: broken[0].message } }
    : { verdict: "passed" };

/** A reporter that keeps what it heard and the verdicts that it wrote and told. */
function listener(log: string[]): Reporter {
  return {
    name: "listener",
    onEvent: ({ type }) => void log.push(type),
    async write({ verdict }) {
      log.push(`write ${verdict}`);
      await writeFile(join(folder, "listener.txt"), verdict);
      return ["listener.txt"];
    },
    tell: async ({ verdict }) => void log.push(`tell ${verdict}`),
  };
}

test("files are written before the last event, and told of after it", async () => {
  const log: string[] = [];
  const record = await new Recorder("id", "test", facts, [listener(log)]).finish(
    conclude,
    folder,
    new Deadlines(),
  );
  expect(record.verdict).toBe("passed");
  expect(log).toEqual(["run-start", "write passed", "run-end", "tell passed"]);
});

test("long work is told as it goes on, redacted, and then that it is over", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const told: unknown[] = [];
  const onEvent = (event: RunEvent): void => void (event.type === "progress" && told.push(event));
  const recorder = new Recorder("id", "test", facts, [{ name: "listener", onEvent }]);
  const work = Promise.withResolvers<void>();
  processRedactor.learn(["a-secret-of-a-part"]);
  const watching = recorder.watch(
    () => "part a-secret-of-a-part",
    () => work.promise,
  );
  vi.advanceTimersByTime(1000);
  work.resolve();
  await watching;
  vi.useRealTimers();
  const [during, after] = told;
  expect(during).toMatchObject({ work: 1, text: expect.not.stringContaining("secret") });
  expect(after).toEqual({ at: expect.any(Number), type: "progress", work: 1 });
});

const failing: readonly Reporter[] = [
  {
    name: "deaf",
    onEvent: () => {
      throw new Error("disk full");
    },
  },
  { name: "mute", write: async () => Promise.reject(new Error("no folder")) },
  { name: "liar", write: async () => ["never-written.txt"] },
  {
    name: "hollow",
    async write(_record, target) {
      await writeFile(join(target, "hollow.txt"), "");
      return ["hollow.txt"];
    },
  },
];

test.each(failing)(
  "the reporter $name makes the run the harness's, in every other report, too",
  async (broken) => {
    const log: string[] = [];
    const recorder = new Recorder("id", "test", facts, [listener(log), broken]);
    const record = await recorder.finish(conclude, folder, new Deadlines());
    expect(record).toMatchObject({
      verdict: "harness",
      failure: { message: expect.stringContaining(`The reporter ${broken.name} failed`) },
    });
    expect(log.slice(-3)).toEqual(["write harness", "run-end", "tell harness"]);
  },
);

test("one that breaks at the last event makes the run the harness's, in what the others have written, too", async () => {
  const log: string[] = [];
  const cut: Reporter = {
    name: "cut",
    onEvent: ({ type }) => {
      if (type === "run-end") throw new Error("disk full");
    },
  };
  const recorder = new Recorder("id", "test", facts, [listener(log), cut]);
  const record = await recorder.finish(conclude, folder, new Deadlines());
  expect(record).toMatchObject({
    verdict: "harness",
    failure: { message: expect.stringContaining("The reporter cut failed") },
  });
  expect(log).toEqual(["run-start", "write passed", "run-end", "write harness", "tell harness"]);
});

test("who cannot tell what it is to tell changes the exit code at least", async () => {
  const silent: Reporter = { name: "silent", tell: async () => Promise.reject(new Error("nobody there")) };
  const record = await new Recorder("id", "test", facts, [silent]).finish(conclude, folder, new Deadlines());
  expect(record.verdict).toBe("harness");
});

const died = {
  machine: "t72",
  unit: "kubelet",
  step: "2.4.4/start-etcd@t71",
  state: "failed, result exit-code, exit code 255, 5 restarts",
  dead: true,
  said: "unknown flag: --no-such-flag",
  at: 3,
};

test("a unit's death is its step's failure; what the step itself had failed with is kept", () => {
  const log: string[] = [];
  const recorder = new Recorder("id", "test", facts, [listener(log)]);
  recorder.stepEnded(stepRecord());
  recorder.stepEnded(
    stepRecord({ key: "other", ...failedWith("other: exit code 1", { outputTail: "Job failed" }) }),
  );
  const { failure } = failedWith("2.4.4/start-etcd@t71: kubelet did not stay up");
  recorder.unitFound({ ...died, dead: false });
  expect(recorder.steps[0]?.outcome).toBe("passed");
  recorder.unitFound(died, failure);
  recorder.unitFound({ ...died, unit: "docker", step: "other" }, failure);
  const message = `other: exit code 1; docker did not stay up: ${died.state}: ${died.said}`;
  expect(recorder.steps).toMatchObject([
    { outcome: "failed", failure },
    { outcome: "failed", failure: { message, outputTail: "Job failed" } },
  ]);
  // The restart that came before is told no more.
  expect(recorder.facts.unitFindings?.map(({ unit, dead }) => [unit, dead])).toEqual([
    ["kubelet", true],
    ["docker", true],
  ]);
  expect(log.filter((type) => type === "unit")).toHaveLength(3);
});

test("a step that was excused is the guide's, verdict and all, once its unit is known to have died of the guide", () => {
  const recorder = new Recorder("id", "test", facts, []);
  const excused = failedWith("start: printed nothing; this host was starved", { verdict: "infrastructure" });
  recorder.stepEnded(stepRecord({ ...excused, outcome: "error" }));
  recorder.unitFound(died, failedWith("kubelet did not stay up").failure);
  expect(recorder.steps).toMatchObject([{ outcome: "failed", failure: { verdict: "guide" } }]);
});

test("a test that failed for another reason than the guide is an error, with the reason", () => {
  const recorder = new Recorder("id", "test", facts, []);
  recorder.testEnded(testRecord());
  recorder.testEnded(testRecord(failedWith("no answer")));
  recorder.testEnded(testRecord(failedWith("7 is not 8")));
  recorder.excuse(({ message }) => ({
    reasons: message === "no answer" ? ["t72 does not reach t71"] : [],
    unjudged: message === "no answer",
  }));
  expect(recorder.tests).toMatchObject([
    { outcome: "passed" },
    {
      outcome: "error",
      failure: { verdict: "infrastructure", message: "no answer\nt72 does not reach t71", unjudged: true },
    },
    { outcome: "failed", failure: { verdict: "guide" } },
  ]);
});
