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
  said: (world: FaultTestbed, asked: number) => string,
  { fix = false, more = {}, hit = (_world: FaultTestbed): void => undefined } = {},
): Promise<{ outcome: Outcome; record: RunRecord; notes: string[] }> {
  await using world = await FaultTestbed.make();
  let asked = 0;
  world.hits.set("in collect", () => ({ stdout: said(world, (asked += 1)) }));
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
    const entry = {
      ...sample!,
      changes: [],
      faults: [],
      remedy,
      symptom: { probe, from: "1.1/unit" },
      ...more,
    };
    delete entry.proof;
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

test("what a probe prints is told once, by its last lines", longTimeout, async () => {
  const flags = Array.from({ length: 500 }, (_, index) => `FLAG: --option-${index}`).join("\n");
  const { outcome, notes } = await tried(() => flags, { more: { symptom: { probe } } });
  const told = notes.filter((note) => note.includes("FLAG: --option-499"));
  expect(told).toHaveLength(1);
  expect(told[0]).not.toContain("--option-1\n");
  expect(outcome.seen).toMatch(/^the probe printed .*--option-499$/s);
  expect(outcome.seen).not.toContain("--option-1\n");
});
