import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { enterRun } from "../../run/evidence/runs.ts";
import { readHistory, writeHistory } from "./history/history.ts";
import { markerFile, writeMarker } from "./marker.ts";
import { nightly } from "./nightly.ts";
import { sampleNightlyRun, type Act, ends, fakeNightly } from "./testing.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
let said: string[];
beforeEach(() => {
  folder = temporaryFolder();
  said = [];
});

const options = (acts: readonly Act[], changes = {}) =>
  fakeNightly(folder, acts, { say: (line) => void said.push(line), ...changes });
const history = () => readHistory(join(folder, "reports", "history.json"), () => undefined);

test("a green night: in the history, with its page, and neither marker nor lock are left", async () => {
  const { exitCode, night, lost } = await nightly(options([ends("passed", 0)]));
  expect({ exitCode, lost }).toEqual({ exitCode: 0, lost: undefined });
  expect(night).toMatchObject({
    verdict: "passed",
    run: "20190401T101500-e2e-42",
    milestones: { etcd: "passed" },
    tests: { "etcd: a key survives a restart": "passed" },
    steps: { "2.4.4/start-etcd@t71": "passed" },
    phases: { apply: 3000 },
  });
  expect(await history()).toEqual([night]);
  expect((await readdir(join(folder, "reports"))).toSorted()).toEqual(["history.html", "history.json"]);
  expect(await readFile(join(folder, "state/nightly.lock"), "utf8")).toBe("");
});

test.each([
  ["guide", 1],
  ["artifact", 3],
  ["harness", 5],
] as const)("%s is never repeated, and is the exit code", async (verdict, code) => {
  const result = await nightly(options([ends(verdict, code), ends("passed", 0)]));
  expect(result.exitCode).toBe(code);
  expect(result.night.attempts).toHaveLength(1);
});

test("a run that says that it passed, and ends otherwise, is no green night", async () => {
  const { exitCode, night } = await nightly(options([ends("passed", 5)]));
  expect(exitCode).toBe(5);
  expect(night).toMatchObject({
    verdict: "harness",
    message: "The run printed the verdict passed, and its process ended with exit code 5",
  });
});

test("a failure of the infrastructure is repeated once, said and counted", async () => {
  const { exitCode, night } = await nightly(options([ends("infrastructure", 4), ends("passed", 0)]));
  expect(exitCode).toBe(0);
  expect(night.attempts.map(({ verdict }) => verdict)).toEqual(["infrastructure", "passed"]);
  expect(said).toEqual([expect.stringMatching(/^The infrastructure failed: .*Once more$/)]);
});

test("once, not twice", async () => {
  const { exitCode, night } = await nightly(options([ends("infrastructure", 4)]));
  expect(exitCode).toBe(4);
  expect(night).toMatchObject({ verdict: "infrastructure" });
  expect(night.attempts).toHaveLength(2);
});

test("the second run's failure is its own: a red guide after the infrastructure is the guide's", async () => {
  const { exitCode, night } = await nightly(options([ends("infrastructure", 4), ends("guide", 1)]));
  expect({ exitCode, verdict: night.verdict }).toEqual({ exitCode: 1, verdict: "guide" });
});

test.each<[string, Act, string, number, RegExp]>([
  [
    "an error as JSON",
    { print: { verdict: "usage", error: { message: "no such guide" } }, exitCode: 2 },
    "usage",
    2,
    /^no such guide$/,
  ],
  [
    "no record, a known exit code",
    { print: "", exitCode: 3 },
    "artifact",
    3,
    /without a record, with exit code 3$/,
  ],
  ["half a record", { print: `{"tests":[`, exitCode: 1 }, "harness", 5, /without a record/],
  ["no record, as a program that broke", { print: "", exitCode: 1 }, "harness", 5, /with exit code 1$/],
  ["an exit code that means nothing", { print: "", exitCode: 77 }, "harness", 5, /with exit code 77$/],
  ["no record although it passed", { print: "", exitCode: 0 }, "harness", 5, /with exit code 0$/],
])("a run that ends with %s has a verdict", async (_name, act, verdict, exitCode, message) => {
  const result = await nightly(options([act]));
  expect(result.exitCode).toBe(exitCode);
  expect(result.night).toMatchObject({ verdict, message: expect.stringMatching(message) });
});

test("a run that somebody kills is cleaned up after, and repeated as the infrastructure's failure", async () => {
  const { night } = await nightly(options([{ kill: "SIGKILL" }, ends("passed", 0)]));
  expect(night.attempts[0]).toMatchObject({
    verdict: "infrastructure",
    message: expect.stringContaining("killed by SIGKILL"),
  });
  expect(night.verdict).toBe("passed");
  expect(said).toContainEqual(expect.stringMatching(/^Removed the machine of \d+$/));
  expect(existsSync(join(folder, "machine"))).toBe(false);
});

test("a program that is not there is a defect, not a hang", async () => {
  const { exitCode, night } = await nightly(options([], { e2e: ["/no/such/program"] }));
  expect(exitCode).toBe(5);
  expect(night.message).toContain("with exit code 127");
});

test("what earlier runs left and cannot be removed ends the night before it makes more", async () => {
  const gc = [
    process.execPath,
    "-e",
    `console.log('{"verdict":"infrastructure","error":{"message":"busy"}}'); process.exit(4)`,
  ];
  const { exitCode, night } = await nightly(options([ends("passed", 0)], { gc }));
  expect(exitCode).toBe(4);
  expect(night).toMatchObject({
    verdict: "infrastructure",
    message: "What earlier runs left could not be removed: busy",
    attempts: [],
  });
  expect(existsSync(join(folder, "runs"))).toBe(false);
});

test("what was damaged and is out of the way is said, and is no reason to end the night", async () => {
  const swept = {
    removed: ["the machine of 7"],
    left: [],
    failed: [],
    problems: [{ verdict: "infrastructure", message: "The ledger of cluster x was damaged" }],
  };
  const gc = [
    process.execPath,
    "-e",
    `console.log(${JSON.stringify(JSON.stringify(swept))}); process.exit(4)`,
  ];
  const { exitCode, removed } = await nightly(options([ends("passed", 0)], { gc }));
  expect({ exitCode, machines: removed.machines }).toEqual({ exitCode: 0, machines: ["the machine of 7"] });
  expect(said).toEqual(["Removed the machine of 7", "The ledger of cluster x was damaged"]);
});

test("a cluster that nobody uses and that is there still ends the night before it makes more", async () => {
  const swept = { removed: [], left: [], failed: ["x"], problems: [{ message: "x is busy" }] };
  const gc = [
    process.execPath,
    "-e",
    `console.log(${JSON.stringify(JSON.stringify(swept))}); process.exit(4)`,
  ];
  const { exitCode, night } = await nightly(options([ends("passed", 0)], { gc }));
  expect(exitCode).toBe(4);
  expect(night.message).toBe("What earlier runs left could not be removed: x is busy");
});

test("a night after the clock was set back keeps its report and is the last of the history", async () => {
  const all = options([ends("passed", 0)], { keepRuns: 1 });
  const [before, tonight] = ["20190402T101500-e2e-41", "20190401T101500-e2e-42"];
  for (const run of [before, tonight]) {
    await mkdir(join(all.reports, run), { recursive: true });
    await writeFile(join(all.reports, run, "run.json"), `{"verdict":"passed"}`);
    await enterRun(all.reports, run);
  }
  await writeHistory(all.history, [sampleNightlyRun(400, { run: before })], 7);
  const { removed, night } = await nightly(all);
  expect(removed.reports).toEqual([before]);
  expect((await history()).at(-1)).toEqual(night);
});

test("a night that was recorded before the power went is not recorded as lost too", async () => {
  const all = options([ends("passed", 0)]);
  const { night } = await nightly(all);
  await writeMarker(all.history, { startedAt: night.startedAt, host: "box", pid: 1 });
  const next = await nightly(all);
  expect(next.lost).toBeUndefined();
  expect((await history()).map(({ verdict }) => verdict)).toEqual(["passed", "passed"]);
  expect(existsSync(markerFile(all.history))).toBe(false);
});

test("a damaged history does not end the night, and is said", async () => {
  const all = options([ends("passed", 0)]);
  await mkdir(all.reports);
  await writeFile(all.history, "{");
  expect((await nightly(all)).exitCode).toBe(0);
  expect(said[0]).toContain("is damaged");
  expect(await history()).toHaveLength(1);
  expect((await readdir(all.reports)).filter((name) => name.includes("damaged"))).toHaveLength(1);
});

test("old reports are thinned out, and the page links those that are left", async () => {
  const all = options([ends("passed", 0)], { keepRuns: 1 });
  for (const run of ["20190331T101500-e2e-41", "20190401T101500-e2e-42"]) {
    await mkdir(join(all.reports, run), { recursive: true });
    await writeFile(join(all.reports, run, "run.json"), `{"verdict":"passed"}`);
    await writeFile(join(all.reports, run, "report.html"), "");
  }
  const { removed } = await nightly(all);
  expect(removed.reports).toEqual(["20190331T101500-e2e-41"]);
  expect(said).toEqual(["Removed the reports of 1 old run"]);
  const page = await readFile(join(all.reports, "history.html"), "utf8");
  expect(page).toContain(`href="20190401T101500-e2e-42/report.html"`);
  expect(page).not.toMatch(/(?:src|href)="(?!20190401)|https?:/);
});
