import { expect, test } from "vitest";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { FaultTestbed, longTimeout } from "../../faults/world.ts";
import type { RunRecord } from "../../record/record.ts";
import { loadEntries } from "./catalogue/catalogue.ts";
import { type Outcome, reproduce } from "./reproduce.ts";

useStateFolder({ cache: true });

const [sample] = await loadEntries(["wrong-token"]);
if (!sample) throw new Error("there is no such entry");
const probe = { on: "t71", run: "journalctl --unit app", prints: "no luck", within: 300 };
const remedy = [{ on: "t71", run: "mend-it" }];

/** Reproduces what a journal has, in the words of `said`, which is told how often it was asked. */
async function tried(
  said: (world: FaultTestbed, asked: number, machine: string) => string,
  { fix = false, more = {}, hit = (_world: FaultTestbed): void => undefined } = {},
): Promise<{ outcome: Outcome; record: RunRecord; notes: string[] }> {
  await using world = await FaultTestbed.make();
  const asked: Record<string, number> = {};
  world.hits.set("in collect", (machine = "") => {
    const times = (asked[machine] = (asked[machine] ?? 0) + 1);
    return { stdout: said(world, times, machine) };
  });
  hit(world);
  const notes: string[] = [];
  world.reporters.push({
    name: "notes",
    onEvent: (event) => void (event.type === "note" && notes.push(event.message)),
    write: async () => [],
    tell: async () => undefined,
  });
  let outcome: Outcome | undefined;
  const record = await world.run({}, async (run) => {
    const { proof: _, ...known } = sample!;
    const entry = {
      ...known,
      changes: [],
      faults: [],
      remedy,
      symptom: { probe, from: "1.1/unit" },
      ...more,
    };
    outcome = await reproduce(run, entry, run.settings, { fix, fresh: true });
  });
  if (!outcome) throw new Error(record.failure?.message ?? record.verdict);
  return { outcome, record, notes };
}

const ran = ({ steps }: RunRecord): string[] =>
  steps.filter(({ outcome }) => outcome !== "skipped").map(({ id }) => id);

test("a probe is asked before each block after the one that it is asked from", longTimeout, async () => {
  const { outcome, record } = await tried(() => "no luck");
  expect(outcome).toMatchObject({ appeared: true, seen: "no luck" });
  expect(ran(record).at(-1)).toBe("1.1/unit");
});

test("a probe is asked where a later step fails, too, and until the guide's end", longTimeout, async () => {
  let failed = false;
  const hit = (world: FaultTestbed): void =>
    void world.hits.set("in wait", () => ((failed = true), { stdout: "not yet\n" }));
  const { outcome } = await tried(() => (failed ? "no luck" : ""), { hit });
  expect(outcome).toMatchObject({ appeared: true, seen: "no luck" });
  const { outcome: never, record } = await tried(() => "");
  expect(never).toMatchObject({
    appeared: false,
    seen: expect.stringContaining("the probe printed nothing"),
  });
  expect(ran(record).at(-1)).toBe("1.1/wait");
});

test("a correction helps if the symptom stays away for as long as it may take", longTimeout, async () => {
  const { outcome: gone } = await tried((_, asked) => (asked === 1 ? "no luck" : ""), { fix: true });
  expect(gone.fixed).toBe("green");
  const { outcome: again } = await tried((_, asked) => (asked === 2 ? "" : "no luck"), { fix: true });
  expect(again.fixed).toMatch(/^still there .*: no luck$/);
});

const command = { step: "1.1/command", message: "no luck" };
const failing = { stdout: "no luck\n", exitCode: 1 };
const failsEverywhere = ({ hits }: FaultTestbed): void => void hits.set("in command", () => failing);

test("a step that fails on several machines is held against the symptom on each", longTimeout, async () => {
  for (const machine of ["t71", "t72", "t76"]) {
    const { outcome } = await tried(() => "", {
      hit: failsEverywhere,
      more: { symptom: { ...command, machine } },
    });
    expect(outcome).toMatchObject({ appeared: true, seen: `1.1/command@${machine}: no luck` });
  }
});

/** A symptom that goes away from one of two machines. */
const half = (_: unknown, asked: number, machine: string): string =>
  machine === "t76" || (machine === "t71" && asked === 1) ? "no luck" : "";

test("a correction helps if the symptom is gone from every machine that had it", longTimeout, async () => {
  const more = { symptom: { probe, from: "1.1/command" } };
  const { outcome: there } = await tried(half, { fix: true, more });
  expect(there.fixed).toMatch(/^still there on t76 .*: no luck$/);
  const { outcome: gone } = await tried((_, asked) => (asked === 1 ? "no luck" : ""), { fix: true, more });
  expect(gone.fixed).toBe("green");
});

/** A command that fails on all machines, the second time in its own words. */
const failingTwice =
  (again: string) =>
  ({ hits }: FaultTestbed): void => {
    let asked = 0;
    hits.set("in command", () => ((asked += 1) > 3 ? { ...failing, stdout: again } : failing));
  };

test("a repeated step that fails in other words says nothing of the correction", longTimeout, async () => {
  const more = { symptom: command, remedy: [], changes: [{ step: "1.1/file", drop: true }] };
  const hit = failingTwice("no luck");
  const { outcome } = await tried(() => "", { fix: true, more, hit });
  expect(outcome.fixed).toMatch(/^1\.1\/command@t7\d: ended with exit code 1/);
  await expect(tried(() => "", { fix: true, more, hit: failingTwice("Cannot find device") })).rejects.toThrow(
    /is not judged: the step does not pass a second time: 1\.1\/command@t7\d: ended with exit code 1/,
  );
});

test(
  "a remedy that stands for a step has a script for each machine on which it failed",
  longTimeout,
  async () => {
    const more = { symptom: command, proof: { step: "1.1/wait" } };
    await expect(tried(() => "", { fix: true, more, hit: failsEverywhere })).rejects.toThrow(
      /is not judged on t72, t76, where/,
    );
    const all = ["t71", "t72", "t76"].map((on) => ({ on, run: "mend-it" }));
    const { outcome } = await tried(() => "", {
      fix: true,
      more: { ...more, remedy: all },
      hit: failsEverywhere,
    });
    expect(outcome.fixed).toBe("green");
  },
);

test("what a probe prints is told once, by its last lines", longTimeout, async () => {
  const flags = Array.from({ length: 500 }, (_, index) => `FLAG: --option-${index}`).join("\n");
  const { outcome, notes } = await tried(() => flags, { more: { symptom: { probe } } });
  const told = notes.filter((note) => note.includes("FLAG: --option-499"));
  expect(told).toHaveLength(1);
  expect(told[0]).not.toContain("--option-1\n");
  expect(outcome.seen).toMatch(/^the probe printed .*--option-499$/s);
  expect(outcome.seen).not.toContain("--option-1\n");
});
