import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing.ts";
import { mutants } from "../mutants/judge.ts";
import { tellGithub } from "./github.ts";
import { sampleRound, sampleSince } from "../sample.ts";

test("a job's summary has what a round came to and what is new, and each red case is annotated in its file", async () => {
  const summary = join(temporaryFolder(), "summary.md");
  await writeFile(summary, "before\n");
  const stderr = new PassThrough({ encoding: "utf8" });
  const round = sampleRound("etcd | kubelet\nall is green");
  await tellGithub(mutants, round, sampleSince(round), { env: { GITHUB_STEP_SUMMARY: summary }, stderr });
  const text = await readFile(summary, "utf8");
  expect(text).toMatch(
    /^before\n## Suites on trial: failed\n\n1 survived, 1 not judged, 2 killed; 2 min 00 s; commit `c0ffee`\.\n/u,
  );
  expect(text).toContain("| mutant-1 | survived | etcd \\| kubelet |");
  expect(text).toContain("- mutant-1: killed → survived, before 2019-03-31 02:00 UTC");
  expect(String(stderr.read()).trimEnd().split("\n")).toEqual([
    "::error file=fixtures/guide/mutants/mutant-1.yaml,line=1,title=mutant-1%3A survived::etcd | kubelet%0Aall is green%0Amutants.html#case/mutant-1",
    "::error file=fixtures/guide/mutants/mutant-2.yaml,line=1,title=mutant-2%3A not judged::etcd | kubelet%0Aall is green%0Amutants.html#case/mutant-2",
  ]);
});

test("elsewhere nothing is said", async () => {
  const stderr = new PassThrough({ encoding: "utf8" });
  const round = sampleRound();
  await tellGithub(mutants, round, sampleSince(round), { env: {}, stderr });
  expect(stderr.read()).toBeNull();
});
