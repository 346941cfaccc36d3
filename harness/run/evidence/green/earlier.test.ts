import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunRecord } from "../../../record/record.ts";
import { sampleRecord, sampleStep, sampleTest } from "../../../report/sample.ts";
import { earlierRun } from "./earlier.ts";

let reports: string;
beforeEach(async () => {
  reports = await mkdtemp(join(tmpdir(), "earlier-"));
});
afterEach(() => rm(reports, { recursive: true }));

let minute = 10;
async function write(command: string, changes: Partial<RunRecord> = {}): Promise<string> {
  const id = `20190401T10${++minute}00-${command}-42`;
  await mkdir(join(reports, id));
  await writeFile(join(reports, id, "run.json"), JSON.stringify(sampleRecord({ id, command, ...changes })));
  return id;
}
const asked = { at: 0, type: "asked", steps: 1, milestones: ["etcd"] } as const;
const find = async (command = "e2e", changes = {}) =>
  (await earlierRun({ provider: "nspawn", artifacts: "debian" }, reports)(command, { ...asked, ...changes }))
    ?.id;

test("the newest run of the command that passed with the same machines, binaries, steps and milestones", async () => {
  await write("e2e");
  const wanted = await write("e2e");
  await write("e2e", { verdict: "guide" });
  await write("e2e", { provider: "vagrant" });
  await write("e2e", { artifactSet: "source" });
  await write("e2e", { steps: [] });
  await write("e2e", { tests: [sampleTest(), sampleTest({ milestone: "nodes" })] });
  await write("e2e", { selection: { by: "--grep key", chosen: 1, leftOut: 3 } });
  await write("suite");
  expect(await find()).toBe(wanted);
  expect(await find("up")).toBeUndefined();
  await write("repro");
  expect(await find("repro"), "each install bug goes another way").toBeUndefined();
  expect(await find("e2e", { steps: 2 }), "none did as much").toBeUndefined();
  expect(await find("e2e", { tests: 1 }), "a part of the tests is like nothing").toBeUndefined();
  expect(await find("e2e", { minutes: 6 }), "a soak lasts as long as somebody says").toBeUndefined();
});

test("a change that is tried goes on as a whole run does", async () => {
  const whole = await write("e2e", { steps: [sampleStep(), sampleStep({ key: "3/b@t71" })] });
  expect(await find("try")).toBe(whole);
});
