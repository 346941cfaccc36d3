import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunRecord } from "../../record/record.ts";
import { page } from "../../report/html/page.ts";
import { sampleContext, sampleRecord, sampleStep } from "../../report/sample.ts";
import { enterRun } from "../../run/evidence/runs.ts";
import { temporaryFolder } from "../../testing.ts";
import { lastShown } from "./one.ts";

test("a run of an install bug is compared with the newest other one that showed it there", async () => {
  const reports = temporaryFolder();
  let minute = 10;
  const write = async (changes: Partial<RunRecord>): Promise<RunRecord> => {
    const id = `20190401T10${(minute += 1)}00-repro-42`;
    const record = sampleRecord({ id, command: "repro", ...changes });
    await mkdir(join(reports, id));
    await enterRun(reports, id);
    await writeFile(join(reports, id, "run.json"), JSON.stringify(record));
    return record;
  };
  const reproduction = { id: "etcd-enable-typo", seen: "Unknown operation" };
  const find = lastShown("etcd-enable-typo");
  const first = await write({ reproduction, steps: [sampleStep({ durationMs: 9000 })] });
  await write({ reproduction: { id: "clock-skew", seen: "not yet valid" } });
  await write({ reproduction, provider: "vagrant" });
  await write({ verdict: "guide" });
  const last = await write({ reproduction });
  const found = await find(last, join(reports, last.id));
  expect(found?.record.id).toBe(first.id);
  expect(found?.difference.durations).toEqual(["2.4.4/start-etcd@t71 9.0 s → 1.2 s"]);
  const shown = page(last, sampleContext(last, { ...(found && { green: found }) }));
  expect(shown).toContain("Since the last run that showed etcd-enable-typo");
  expect(shown).not.toContain("the last green run");
  expect(await find(first, join(reports, first.id))).toMatchObject({ record: { id: last.id } });
});
