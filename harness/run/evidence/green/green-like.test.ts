import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sampleRecord, sampleStep, sampleTest } from "../../../report/sample.ts";
import { greenLike } from "./green.ts";
import { enterRun } from "../runs.ts";

const id = (number: number): string => `20190401T10150${number}-e2e-42`;

test("a run is compared with the newest other one that is green and like it", async () => {
  const reports = await mkdtemp(join(tmpdir(), "green-like-test-"));
  try {
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
    const green = await greenLike(last, join(reports, last.id));
    expect(green?.record.id).toBe(id(1));
    expect(green?.difference.blocks.map(({ lines }) => lines)).toEqual([["- old", "+ new"]]);
    const others = { ...last, tests: [sampleTest({ milestone: "ping" })] };
    expect(await greenLike(others, join(reports, last.id))).toBeUndefined();
  } finally {
    await rm(reports, { recursive: true });
  }
});
