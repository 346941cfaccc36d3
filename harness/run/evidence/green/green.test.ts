import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leftOutBy } from "../../../record/selection.ts";
import { sampleRecord, sampleStep, sampleTest } from "../../../report/sample.ts";
import { greenLike, lastGreen } from "./green.ts";
import { enterRun } from "../runs.ts";
import { temporaryFolder } from "../../../testing.ts";

const inputs = { guide: "g", ports: {}, errata: {}, edits: [], machines: "m1" };
const like = { id: "this", provider: "nspawn", artifactSet: "debian", ports: ["embedded-os"], inputs };
const green = {
  verdict: "passed",
  provider: "nspawn",
  artifactSet: "debian",
  ports: ["embedded-os"],
  inputs,
  steps: [{ key: "1/a@t71" }],
  tests: [{ milestone: "etcd" }],
};

test("the newest green run of the same kind that tested the milestone is found; damaged files are passed over", async () => {
  const reports = temporaryFolder();
  const write = async (id: string, record: object | string): Promise<void> => {
    await mkdir(join(reports, id));
    const text = typeof record === "string" ? record : JSON.stringify({ ...green, id, ...record });
    await writeFile(join(reports, id, "run.json"), text);
  };
  await write("20190401T100000-e2e-1", {});
  await write("20190401T110000-e2e-2", {});
  await write("20190401T120000-e2e-3", { verdict: "guide" });
  await write("20190401T120001-e2e-4", { tests: [{ milestone: "csr" }] });
  await write("20190401T120002-e2e-5", { provider: "vagrant" });
  await write("20190401T120003-e2e-6", { inputs: { ...inputs, machines: "m2" } });
  await write("20190401T120004-suite-7", { steps: [] });
  const resumed = { after: "1/a", steps: 1, run: "20190401T110000-e2e-2", savedAt: "", booted: false };
  await write("20190401T120004-e2e-11", { steps: [], resumed });
  await write("20190401T120004-e2e-12", { steps: [{ key: "1/a@t71", outcome: "skipped" }], resumed });
  await write("20190401T120005-e2e-8", "{");
  const partly = [{ milestone: "etcd" }, { milestone: "etcd", skipped: leftOutBy("--grep key") }];
  await write("20190401T120006-e2e-10", { tests: partly });
  await mkdir(join(reports, "20190401T130000-e2e-9"));
  expect((await lastGreen(reports, like, ["etcd"]))?.id).toBe("20190401T110000-e2e-2");
  expect((await lastGreen(reports, like, ["ping"]))?.id).toBeUndefined();
  expect(await lastGreen(join(reports, "none"), like, [])).toBeUndefined();
});

const id = (number: number): string => `20190401T10150${number}-e2e-42`;

test("a run is compared with the newest other one that is green and like it", async () => {
  const reports = temporaryFolder();
  const all = [
    sampleRecord(),
    sampleRecord({ steps: [sampleStep({ command: "old" })] }),
    sampleRecord({ provider: "vagrant" }),
    sampleRecord({ verdict: "guide" }),
    sampleRecord({ tests: [] }),
    sampleRecord({ steps: [sampleStep({ command: "new" })] }),
  ].map((record, index) => Object.assign(record, { id: id(index) }));
  for (const record of all) {
    await mkdir(join(reports, record.id));
    await enterRun(reports, record.id);
    await writeFile(join(reports, record.id, "run.json"), JSON.stringify(record));
  }
  const last = all[5] ?? sampleRecord();
  const found = await greenLike(last, join(reports, last.id));
  expect(found?.record.id).toBe(id(1));
  expect(found?.difference.blocks.map(({ lines }) => lines)).toEqual([["- old", "+ new"]]);
  const others = { ...last, tests: [sampleTest({ milestone: "ping" })] };
  expect(await greenLike(others, join(reports, last.id))).toBeUndefined();
});
