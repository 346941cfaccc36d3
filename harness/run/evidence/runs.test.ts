import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { lastGreen } from "./green/green.ts";
import {
  beginRun,
  damagedRecords,
  enterRun,
  mayRun,
  newestRecord,
  readRecord,
  runsIn,
  runsUnderWay,
  verdictOf,
} from "./runs.ts";
import { sampleRecord } from "../../report/sample.ts";
import { temporaryFolder } from "../../testing.ts";

let reports: string;
beforeEach(() => void (reports = temporaryFolder()));

/** Linux's highest number of a process is 2^22. */
const nobody = 2 ** 22;
const nameOf = (hour: number, pid: number): string =>
  `20190401T${String(hour).padStart(2, "0")}0000-e2e-${nobody + pid}`;
const make = (name: string): Promise<unknown> => mkdir(join(reports, name));

test("runs are in the order in which they began, although the clock was set back in between", async () => {
  const names = [nameOf(10, 1), nameOf(11, 2), nameOf(3, 3), nameOf(4, 4)];
  for (const name of names) {
    await make(name);
    await enterRun(reports, name);
  }
  expect(await runsIn(reports)).toEqual(names);
});

test("runs of one process that begin in the same second have a folder each, in the order in which they began", async () => {
  const first = await beginRun(reports, "suite");
  const others = await Promise.all([1, 2, 3].map(() => beginRun(reports, "suite")));
  expect(new Set([first, ...others]).size).toBe(4);
  const runs = await runsIn(reports);
  expect(runs.toSorted()).toEqual([first, ...others].toSorted());
  expect(runs[0]).toBe(first);
  expect(mayRun(first)).toBe(true);
});

test("no run begins where reports cannot be", async () => {
  const file = join(reports, "notes");
  await writeFile(file, "");
  await expect(beginRun(file, "suite")).rejects.toThrow("EEXIST");
  await expect(beginRun(join(file, "below"), "suite")).rejects.toThrow("ENOTDIR");
});

test("runs that nobody entered come first, by their names; folders that are gone and other names are left out", async () => {
  for (const name of [nameOf(10, 1), nameOf(9, 2), nameOf(1, 3)]) await make(name);
  await enterRun(reports, nameOf(5, 9));
  await enterRun(reports, nameOf(1, 3));
  await make("notes");
  await symlink("notes", join(reports, nameOf(20, 5)));
  await writeFile(join(reports, nameOf(21, 6)), "");
  expect(await runsIn(reports)).toEqual([nameOf(9, 2), nameOf(10, 1), nameOf(1, 3)]);
  expect(await runsIn(join(reports, "none"))).toEqual([]);
});

test("a line that a power cut left unfinished, or a folder in the file's place, costs no later run its place", async () => {
  const [later, earlier] = [nameOf(10, 1), nameOf(3, 2)];
  for (const name of [later, earlier]) await make(name);
  await writeFile(join(reports, "runs.txt"), `\n${nameOf(12, 7).slice(0, 9)}`);
  await enterRun(reports, later);
  await enterRun(reports, earlier);
  expect(await runsIn(reports)).toEqual([later, earlier]);
  await rm(join(reports, "runs.txt"));
  await mkdir(join(reports, "runs.txt"));
  await enterRun(reports, earlier);
  expect(await runsIn(reports)).toEqual([later, earlier]);
  expect(await readdir(reports)).toContain("runs.txt.damaged-1");
});

const record = {
  verdict: "passed",
  provider: "nspawn",
  artifactSet: "debian",
  ports: [],
  inputs: { guide: "g", ports: {}, errata: {}, edits: [], machines: "m" },
  steps: [{ key: "1/a@t71" }],
  tests: [{ milestone: "etcd" }],
};
const inputs = { guide: "g", ports: {}, errata: {}, edits: [], machines: "m" };
const like = { id: "this", provider: "nspawn", artifactSet: "debian", ports: [], inputs };

test("the last green run is the one that began last, by no clock", async () => {
  for (const name of [nameOf(10, 1), nameOf(3, 2)]) {
    await make(name);
    await writeFile(join(reports, name, "run.json"), JSON.stringify({ ...record, id: name }));
    await enterRun(reports, name);
  }
  expect((await lastGreen(reports, like, ["etcd"]))?.id).toBe(nameOf(3, 2));
});

test("a run with an artifact set by its old name is like one with the new name", async () => {
  await make(nameOf(1, 1));
  const former = { ...record, artifactSet: "guide", id: nameOf(1, 1) };
  await writeFile(join(reports, nameOf(1, 1), "run.json"), JSON.stringify(former));
  const found = await lastGreen(reports, { ...like, artifactSet: "upstream" }, ["etcd"]);
  expect(found).toEqual({ ...former, artifactSet: "upstream" });
});

test.each([
  ["truncated", '{"verdict":"pas'],
  ["of another form", '{"verdict":"passed"}'],
  ["null", "null"],
  ["empty", ""],
  ["a folder", undefined],
])("a record that is %s is named, is nobody's last green run, and hides no other", async (_name, text) => {
  const [good, bad] = [nameOf(1, 1), nameOf(2, 2)];
  for (const name of [good, bad]) await make(name);
  await writeFile(join(reports, good, "run.json"), JSON.stringify({ ...record, id: good }));
  const file = join(reports, bad, "run.json");
  await (text === undefined ? mkdir(file) : writeFile(file, text));
  expect((await lastGreen(reports, like, ["etcd"]))?.id).toBe(good);
  expect(await readRecord(reports, bad)).toBeUndefined();
  expect(await damagedRecords(reports)).toMatchObject([{ file, line: 1 }]);
});

test("a record that a run may just be writing is not judged", async () => {
  const name = `20190401T020000-e2e-${process.pid}`;
  await make(name);
  await writeFile(join(reports, name, "run.json"), "{");
  expect(await damagedRecords(reports)).toEqual([]);
  expect([mayRun(name), mayRun(nameOf(1, 1))]).toEqual([true, false]);
  expect(await verdictOf(reports, name)).toBe("unreadable");
});

test("a run is under way as long as its process is there and no record; the newest record may be an older run's", async () => {
  await make(nameOf(10, 1));
  const [ended, running] = [await beginRun(reports, "e2e"), await beginRun(reports, "suite")];
  expect(await runsUnderWay(reports)).toEqual([ended, running]);
  expect(await newestRecord(reports)).toBeUndefined();
  const newest = { ...sampleRecord(), id: ended, artifactSet: "source" };
  await writeFile(join(reports, ended, "run.json"), JSON.stringify(newest));
  expect(await runsUnderWay(reports)).toEqual([running]);
  expect(await newestRecord(reports)).toMatchObject({ id: ended, artifactSet: "source" });
});
