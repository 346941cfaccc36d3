import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { enterRun } from "../../../run/evidence/runs.ts";
import { removeOldRuns } from "./retention.ts";
import { temporaryFolder } from "../../../testing.ts";

vi.mock(import("node:fs/promises"), async (original) => {
  const real = await original();
  return { ...real, rename: vi.fn<typeof real.rename>(real.rename) };
});

let reports: string;
beforeEach(() => void (reports = temporaryFolder()));

/** A number no process has: Linux's highest is 2^22. */
const nobody = 2 ** 22 + 1;
const nameOf = (day: number, pid = nobody): string =>
  `201904${String(day).padStart(2, "0")}T020000-e2e-${pid}`;

async function makeRun(day: number, verdict: string | undefined, pid = nobody): Promise<string> {
  const folder = join(reports, nameOf(day, pid));
  await mkdir(join(folder, "machines"), { recursive: true });
  await writeFile(join(folder, "journal.jsonl"), "");
  if (verdict !== undefined) await writeFile(join(folder, "run.json"), JSON.stringify({ verdict }));
  return nameOf(day, pid);
}

const left = async (): Promise<string[]> => (await readdir(reports)).toSorted();

test("the newest runs stay, the oldest go", async () => {
  for (const day of [1, 2, 3, 4, 5]) await makeRun(day, "passed");
  expect(await removeOldRuns(reports, 2)).toEqual([nameOf(3), nameOf(2), nameOf(1)]);
  expect(await left()).toEqual([nameOf(4), nameOf(5)]);
});

test("the last red run stays, however old, and so does the last failure of each other kind", async () => {
  const verdicts = [
    "guide",
    "guide",
    "infrastructure",
    "harness",
    "interrupted",
    "passed",
    "passed",
    "passed",
  ];
  for (const [index, verdict] of verdicts.entries()) await makeRun(index + 1, verdict);
  expect(await removeOldRuns(reports, 2)).toEqual([6, 5, 1].map((day) => nameOf(day)));
  expect(await left()).toEqual([2, 3, 4, 7, 8].map((day) => nameOf(day)));
});

test("the newest whole run that passed stays, for red ones are compared with it", async () => {
  await makeRun(1, "passed");
  for (const day of [2, 3, 4, 5]) await makeRun(day, "guide");
  expect(await removeOldRuns(reports, 2)).toEqual([nameOf(3), nameOf(2)]);
  expect(await left()).toEqual([1, 4, 5].map((day) => nameOf(day)));
});

test("the newest stays even if none are to be kept", async () => {
  for (const day of [1, 2]) await makeRun(day, "passed");
  await removeOldRuns(reports, 0);
  expect(await left()).toEqual([nameOf(2)]);
});

test("what is old is known by the order of the runs: a clock that was set back makes no night the oldest", async () => {
  for (const day of [3, 4, 5, 1, 2]) {
    await makeRun(day, "passed");
    await enterRun(reports, nameOf(day));
  }
  expect(await removeOldRuns(reports, 2)).toEqual([5, 4, 3].map((day) => nameOf(day)));
  expect(await left()).toEqual([nameOf(1), nameOf(2), "runs.txt"]);
});

test("the runs of the night that just ended stay, even where nothing is known of the order", async () => {
  for (const day of [1, 2, 3, 4]) await makeRun(day, "passed");
  expect(await removeOldRuns(reports, 2, { tonight: [nameOf(1)] })).toEqual([nameOf(2)]);
  expect(await left()).toEqual([nameOf(1), nameOf(3), nameOf(4)]);
});

test.each(["{", "null", '{"verdict":7}', undefined])(
  "a record that is %j counts as a failure and does not end the thinning",
  async (text) => {
    const damaged = await makeRun(1, "passed");
    const file = join(reports, damaged, "run.json");
    await rm(file);
    await (text === undefined ? mkdir(file) : writeFile(file, text));
    for (const day of [2, 3]) await makeRun(day, "passed");
    expect(await removeOldRuns(reports, 1)).toEqual([nameOf(2)]);
    expect(await left()).toEqual([damaged, nameOf(3)]);
  },
);

test("a report that cannot be removed is said, and does not keep the others", async () => {
  for (const day of [1, 2, 3]) await makeRun(day, "passed");
  const said: string[] = [];
  vi.mocked(rename).mockImplementationOnce(() => Promise.reject(new Error("busy")));
  expect(await removeOldRuns(reports, 1, { say: (line) => void said.push(line) })).toEqual([nameOf(1)]);
  expect(said).toEqual([`The report ${nameOf(2)} could not be removed: busy`]);
});

test("what is no run's folder is left alone, whatever its name", async () => {
  const strangers = ["history.json", "README.md", "unit.json"];
  for (const name of strangers) await writeFile(join(reports, name), "");
  await mkdir(join(reports, "notes"));
  await mkdir(join(reports, nameOf(1)));
  await mkdir(join(reports, `my-${nameOf(1)}`));
  await writeFile(join(reports, nameOf(2)), "");
  await symlink("/tmp", join(reports, nameOf(3)));
  const before = await left();
  await makeRun(4, "passed");
  await makeRun(5, "passed");
  await symlink(nameOf(5), join(reports, "latest"));
  expect(await removeOldRuns(reports, 1)).toEqual([nameOf(4)]);
  expect(await left()).toEqual([...before, nameOf(5), "latest"].toSorted());
});

test("a run under way stays; one that was killed goes; half a record counts as a failure", async () => {
  const underWay = await makeRun(1, undefined, process.pid);
  const killed = await makeRun(2, undefined);
  const half = await makeRun(3, "passed");
  await writeFile(join(reports, half, "run.json"), `{"verdi`);
  await makeRun(4, "passed");
  expect(await removeOldRuns(reports, 1)).toEqual([killed]);
  expect(await left()).toEqual([underWay, half, nameOf(4)].toSorted());
});

test("what a removal that was cut short left is removed", async () => {
  await mkdir(join(reports, `.removing-${nameOf(1)}`, "machines"), { recursive: true });
  expect(await removeOldRuns(reports, 1)).toEqual([]);
  expect(await left()).toEqual([]);
});

test("no folder of reports is no error", async () => {
  expect(await removeOldRuns(join(reports, "none"), 3)).toEqual([]);
});

test("property: the newest, the last red and the last green one and foreign folders are never removed; few others stay", async () => {
  const verdict = fc.constantFrom("passed", "guide", "interrupted", undefined);
  await fc.assert(
    fc.asyncProperty(
      fc.array(verdict, { maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      async (verdicts, keep) => {
        await rm(reports, { recursive: true });
        await mkdir(join(reports, "foreign"), { recursive: true });
        for (const [index, each] of verdicts.entries()) await makeRun(index + 1, each);
        const removed = new Set(await removeOldRuns(reports, keep));
        const newest = (wanted: "guide" | "passed"): number => verdicts.lastIndexOf(wanted) + 1;
        const stay = [verdicts.length, newest("guide"), newest("passed")].filter((day) => day > 0);
        for (const day of stay) expect(removed).not.toContain(nameOf(day));
        const rest = await left();
        expect(rest).toContain("foreign");
        expect(rest.length - 1 + removed.size).toBe(verdicts.length);
        expect(rest.length - 1).toBeLessThanOrEqual(keep + 2);
      },
    ),
    { numRuns: 40 },
  );
});
