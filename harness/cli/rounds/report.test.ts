import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing.ts";
import { sampleRound } from "../../rounds/page/sample.ts";
import { roundOf } from "./report.ts";

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
