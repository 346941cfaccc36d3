import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing.ts";
import { sampleRecord } from "../../report/sample.ts";
import { sampleRound } from "../../rounds/sample.ts";
import { roundOf, runOf } from "./report.ts";

test("the last round of a kind is found by its name, once it has a page", async () => {
  const folder = temporaryFolder();
  const { about, lines } = sampleRound();
  const text = [{ about }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
  await writeFile(join(folder, "mutants.jsonl"), text);
  expect(await roundOf("mutants", folder)).toBeUndefined();
  await writeFile(join(folder, "mutants.html"), "");
  expect((await roundOf("mutants", folder))?.round.results).toHaveLength(4);
  expect(await roundOf("repro", folder)).toBeUndefined();
  expect(await roundOf(undefined, folder)).toBeUndefined();
});

test.each([
  [undefined, "There is no run yet", "`pnpm e2e` makes one."],
  ["nothing", 'No run has "nothing" in its id', "`pnpm e2e` makes a run; there is none yet."],
  ["mutants", "There is no round of mutants yet", "`pnpm mutants` makes one."],
  [
    "mutnats",
    'No run has "mutnats" in its id',
    'did you mean "mutants"? `pnpm e2e` makes a run; there is none yet.',
  ],
  ["ablate", "There is no round of ablate yet", "`pnpm guide ablate` makes one."],
])("without a run, the report of %s is refused with what makes it", async (part, message, hint) => {
  await expect(runOf(part, temporaryFolder())).rejects.toMatchObject({ message, details: { hint } });
});

test("without a name the newest run with a report is taken, and a newer one without is told", async () => {
  const folder = temporaryFolder();
  const under = `20190403T101500-e2e-${process.pid}`;
  const ids = ["20190401T101500-e2e-42", "20190402T101500-suite-43", "20190402T111500-suite-4194305", under];
  for (const id of ids) await mkdir(join(folder, id));
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  await expect(runOf(undefined, folder, say)).resolves.toBe(under);
  for (const id of ids.slice(0, 2)) {
    await writeFile(join(folder, id, "run.json"), JSON.stringify(sampleRecord({ id })));
    await writeFile(join(folder, id, "report.html"), "");
  }
  await expect(runOf(undefined, folder, say)).resolves.toBe("20190402T101500-suite-43");
  expect(said).toEqual([`A newer run is under way: ${under} (\`pnpm report --serve\` follows it).`]);
});

test("a part of an id that is misspelt is refused with the run that comes near, and the newest", async () => {
  const folder = temporaryFolder();
  const ids = ["20190401T101500-e2e-42", "20190402T101500-suite-43"];
  for (const id of ids) await mkdir(join(folder, id));
  await expect(runOf("20190401T1051", folder)).rejects.toMatchObject({
    details: { hint: `did you mean "${ids[0]}"? The newest are ${ids.join(", ")}.` },
  });
});
