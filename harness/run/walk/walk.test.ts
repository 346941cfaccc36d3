import { expect, onTestFinished, test, vi } from "vitest";
import type { FaultTestbed } from "../../faults/world.ts";
import { headlineOf, lead } from "../../report/labels.ts";
import { unproved } from "../../report/tally.ts";
import { readMetadata } from "../checkpoints/metadata.ts";
import { never } from "../testing.ts";
import { back, current, outcomes, pool, started, walked } from "./testing.ts";

const greeted = ["t71", "t72", "t76"].map((machine) => `1.1/command@${machine} passed`);

test("each block waits for its answer; a walk of all of them says what every run says", async () => {
  const { record, ended } = await walked([
    ["1.1/command", "run"],
    ["1.1/unit", "run"],
    ["1.2/wait", "run"],
    ["1.3/end", "run"],
  ]);
  expect(ended()).toBe(1);
  expect(record).toMatchObject({ verdict: "passed", walked: [] });
  expect(outcomes(record)).toEqual([
    ...greeted,
    "1.1/unit@t71 passed",
    "1.2/wait@t71 passed",
    "1.3/end@t72 passed",
  ]);
  expect(headlineOf(record)).toBe("Passed");
});

test("what is skipped is recorded as skipped to the section's end, and the guide is not said to be proved", async () => {
  const { record } = await walked([
    ["1.1/command", "run"],
    ["1.1/unit", "skip"],
    ["1.2/wait", "skip"],
    ["1.3/end", "run"],
  ]);
  expect(outcomes(record)).toEqual([
    ...greeted,
    "1.1/unit@t71 skipped",
    "1.2/wait@t71 skipped",
    "1.3/end@t72 passed",
  ]);
  expect(record.verdict).toBe("passed");
  expect(headlineOf(record)).toBe("Walked, not proved");
  expect(unproved(record)).toContainEqual({
    claim: "the guide as it is written",
    reason: "the reader skipped section 1.1 from 1.1/unit; skipped section 1.2 from 1.2/wait",
  });
  expect(lead(record)).toBe(
    "4 of the guide's 6 steps ran as it says; the guide is not proved, because its reader also did other things.",
  );
});

test("a walk that is ended says where, and what it did not reach is skipped", async () => {
  const { record, ended } = await walked([
    ["1.1/command", "run"],
    ["1.1/unit", "end"],
  ]);
  expect(ended()).toBe(0);
  expect(record).toMatchObject({ verdict: "passed", walked: ["ended the walk before 1.1/unit"] });
  expect(outcomes(record).slice(3)).toEqual([
    "1.1/unit@t71 skipped",
    "1.2/wait@t71 skipped",
    "1.3/end@t72 skipped",
  ]);
});

test("a walk that is ended where a unit did not stay up does not pass", async () => {
  const { record, failures } = await walked(
    [
      ["1.1/command", "run"],
      ["1.1/unit", "run"],
      ["1.2/wait", "end"],
    ],
    {
      unit: "systemctl start app",
      hit: (world) =>
        void (world.unit = "LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\n"),
    },
  );
  expect(record).toMatchObject({ verdict: "guide", failure: { step: "1.1/unit@t71" } });
  expect(record.steps.find(({ id }) => id === "1.1/unit")).toMatchObject({ outcome: "failed" });
  expect(failures).toHaveLength(1);
});

test("with a first block, those before it are done without a question", async () => {
  const { record } = await walked([["1.3/end", "run"]], { from: "1.3/end" });
  expect(outcomes(record).at(-1)).toBe("1.3/end@t72 passed");
  expect(record).toMatchObject({ verdict: "passed", walked: [] });
});

test("goes back to a checkpoint from where a shell was, and what was done after it is to be done again", async () => {
  const { record } = await walked([
    ["1.1/command", "save"],
    ["1.1/command", "run"],
    ["1.1/unit", "save"],
    ["1.1/unit", { do: "shell", machine: "t71" }],
    ["1.1/unit", "run"],
    ["1.2/wait", "save"],
    ["1.2/wait", back("1.1/command")],
    ["1.1/unit", "skip"],
    ["1.2/wait", "run"],
    ["1.3/end", "run"],
  ]);
  expect(outcomes(record)).toEqual([
    ...greeted,
    "1.1/unit@t71 skipped",
    "1.2/wait@t71 passed",
    "1.3/end@t72 passed",
  ]);
  expect(record).toMatchObject({
    verdict: "passed",
    walked: [
      "was at a shell on t71 before 1.1/unit",
      "went back to after 1.1/command",
      "skipped section 1.1 from 1.1/unit",
    ],
  });
  // Of the two, the one that the shell had led to was of use to this walk alone.
  const saved = (await readMetadata()).find(({ key }) => pool.has(key));
  expect(saved).toMatchObject({ after: "1.1/command", steps: 3 });
  expect([...pool]).toEqual([saved?.key]);
  expect(started).toEqual([undefined, saved?.key]);
  expect(record.resumed).toBeUndefined();
});

test("goes back to its own checkpoint behind a shell, too", async () => {
  const { record } = await walked([
    ["1.1/command", "run"],
    ["1.1/unit", { do: "shell", machine: "t71" }],
    ["1.1/unit", "save"],
    ["1.1/unit", "run"],
    ["1.2/wait", back("1.1/command (then by hand, 1)")],
    ["1.1/unit", "end"],
  ]);
  expect(record.walked).toContain("went back to after 1.1/command and what was done by hand since");
  expect(started).toHaveLength(2);
  expect(pool.size).toBe(0);
});

test("removes its own checkpoints, whatever has become of one of them", async () => {
  await walked([
    ["1.1/command", "run"],
    ["1.1/unit", { do: "shell", machine: "t71" }],
    ["1.1/unit", "save"],
    ["1.1/unit", "run"],
    ["1.2/wait", "save"],
    [
      "1.2/wait",
      async () => {
        expect(pool.size).toBe(2);
        const [gone] = pool;
        pool.delete(gone ?? "");
        return { do: "end" };
      },
    ],
  ]);
  expect(pool.size).toBe(0);
});

test("an interruption ends it while nobody answers, as it ends every run", async () => {
  const { record } = await walked([
    [
      "1.1/command",
      async () => {
        current?.world.host.emit("SIGINT");
        return never(current?.signal);
      },
    ],
  ]);
  expect(record.verdict).toBe("interrupted");
  expect(outcomes(record)).toHaveLength(6);
});

test("a checkpoint that an earlier run has made is not said to be this walk's, and no hand is a step", async () => {
  const notes: string[] = [];
  const listen = (world: FaultTestbed): void =>
    void world.reporters.push({
      name: "notes",
      onEvent: (event) => void (event.type === "note" && notes.push(event.message)),
    });
  const first = ["1.1/unit", "save"] as const;
  await walked([["1.1/command", "run"], first, ["1.1/unit", "end"]], { hit: listen });
  expect(notes).toContain("There is a checkpoint after 1.1/command.");
  // Two walks of one second would have one id, for each has a folder of reports of its own here.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2000 });
  onTestFinished(() => void vi.useRealTimers());
  await walked(
    [
      ["1.1/command", "run"],
      first,
      ["1.1/unit", { do: "shell", machine: "t71" }],
      first,
      ["1.1/unit", "run"],
      ["1.2/wait", back("1.1/command (then by hand, 1)")],
      ["1.1/unit", "end"],
    ],
    { hit: listen },
  );
  expect(notes).toContainEqual(
    expect.stringMatching(
      /^There is a checkpoint after 1\.1\/command already, saved by \S+: it is the same\.$/,
    ),
  );
  expect(notes).toContain("There is a checkpoint after 1.1/command and what was done by hand since.");
  expect(notes).toContainEqual(
    expect.stringMatching(/^Resumed after 1\.1\/command and what was done by hand since: its 3 steps were/),
  );
  expect(notes).toContain("The reader went back to after 1.1/command and what was done by hand since.");
});
