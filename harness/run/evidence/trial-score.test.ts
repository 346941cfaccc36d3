import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { replaceFile } from "../../host/persisted.ts";
import type { TrialScore } from "../../record/trial-score.ts";
import { lastTrial } from "./trial-score.ts";
import { temporaryFolder } from "../../testing.ts";

const folder = temporaryFolder();

const place = { provider: "nspawn", artifactSet: "upstream" };
const score: TrialScore = {
  ...place,
  killed: 60,
  of: 61,
  startedAt: "2026-11-24T20:00:00.000Z",
  seconds: 800,
  commit: "abc1234",
};

test("a score is read without what else is known of the round", async () => {
  const file = join(folder, "reports", "mutants.json");
  await replaceFile(file, JSON.stringify({ ...score, judgements: [{ id: "kubelet-stopped" }] }));
  expect(await lastTrial(place, file)).toEqual(score);
});

test("a score of other binaries or machines is not taken, nor a file that is broken off or not there", async () => {
  const file = join(folder, "mutants.json");
  expect(await lastTrial(place, file)).toBeUndefined();
  await writeFile(file, JSON.stringify(score));
  expect(await lastTrial({ ...place, artifactSet: "debian" }, file)).toBeUndefined();
  expect(await lastTrial({ ...place, provider: "vagrant" }, file)).toBeUndefined();
  await writeFile(file, '{ "killed": 6');
  expect(await lastTrial(place, file)).toBeUndefined();
});

test("a score with an artifact set by its old name is one of that set", async () => {
  const file = join(folder, "former.json");
  await writeFile(file, JSON.stringify({ ...score, artifactSet: "guide" }));
  expect(await lastTrial(place, file)).toEqual(score);
});
