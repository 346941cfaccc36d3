import type { About } from "./records.ts";

/** What a round is of, for tests, with what a test changes. */
export const sampleAbout = (changes: Partial<About> = {}): About => ({
  kind: "mutants",
  commit: "c0ffee",
  provider: "nspawn",
  artifacts: "source",
  versions: {},
  whole: true,
  startedAt: "2019-04-01T02:00:00.000Z",
  round: "all",
  cases: [],
  ...changes,
});
