import { expect, test } from "vitest";
import { resultOfEnd } from "./one.ts";
import { loadEntries } from "./catalogue/catalogue.ts";
import { repro } from "./catalogue/result.ts";

const [entry] = await loadEntries([]);
if (!entry) throw new Error("the catalogue is empty");
const shown = {
  id: entry.id,
  section: entry.section,
  outcome: "reproduced",
  seen: "a symptom",
  seconds: 1,
  exitCode: 0,
};

test("a result counts if its process ended as it says", () => {
  expect(resultOfEnd(entry, { printed: shown, exitCode: 0, outputTail: "" })).toEqual(shown);
});

test.each([
  ["a result, and a process that broke afterwards", shown, 5, 5],
  ["a result, and a process that was killed", shown, undefined, 5],
  ["no result, though the process ended well", undefined, 0, 5],
  ["no result, and an exit code that says why", undefined, 4, 4],
  ["no result, as of a program that broke", undefined, 1, 5],
])("%s: it is not judged, and not green", (_, printed, exitCode, code) => {
  const result = resultOfEnd(entry, { printed, exitCode, outputTail: "half a res" });
  expect(result).toMatchObject({ outcome: "not judged", seen: "half a res" });
  expect(repro.read(result)).toMatchObject({ outcome: "error", exitCode: code });
});

test("a round in which nothing could be shown here shows nothing", () => {
  const notHere = { ...shown, outcome: "not here" as const, exitCode: 2 };
  expect(repro.isTelling?.([notHere, notHere])).toBe(false);
  expect(repro.isTelling?.([notHere, { ...shown, outcome: "reproduced" }])).toBe(true);
  // A shard may have no cases.
  expect(repro.isTelling?.([])).toBe(true);
});
