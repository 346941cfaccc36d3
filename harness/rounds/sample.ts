import { z } from "zod";
import { silent } from "../progress.ts";
import { defaultSettings } from "../settings/settings.ts";
import type { Kind, RoundCases } from "./kind.ts";
import type { RoundHeader } from "./records.ts";
import type { RoundOptions } from "./round.ts";

export const sampleAbout = (changes: Partial<RoundHeader> = {}): RoundHeader => ({
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

const schema = z.object({ id: z.string(), outcome: z.enum(["killed", "survived", "not judged"]) });
export type SampleResult = z.infer<typeof schema>;
export type SampleCase = { readonly id: string };

/** A kind of round for tests: no machines, and results that are made up. */
export const sampleKind: Kind<SampleResult> = {
  name: "sample",
  title: "a sample",
  schema,
  read: ({ id, outcome }) => ({
    className: "sample",
    name: id,
    seconds: 1,
    outcome: outcome === "killed" ? "passed" : outcome === "survived" ? "failed" : "error",
    type: outcome,
    exitCode: { killed: 0, survived: 1, "not judged": 4 }[outcome],
  }),
  document: ({ results }) => ({ results }),
  summary: ({ results }) => `${results.length} results`,
};

/** Cases whose results are `outcomes`; one that has none throws. `tried` is told each case that is tried. */
export const trySamples = (
  ids: readonly string[],
  outcomes: Readonly<Record<string, SampleResult["outcome"]>>,
  tried: (id: string) => void = () => undefined,
): RoundCases<SampleCase, SampleResult> => ({
  cases: ids.map((id) => ({ id })),
  async *attempt(batch) {
    for (const { id } of batch) {
      tried(id);
      const outcome = outcomes[id];
      if (!outcome) throw new Error(`${id} broke off`);
      yield { id, outcome };
    }
  },
  notJudged: ({ id }) => ({ id, outcome: "not judged" }),
});

/** How a round of samples is run, which leaves its files in `reports`, with what a test changes. */
export const sampleOptions = (reports: string, changes: Partial<RoundOptions> = {}): RoundOptions => ({
  settings: defaultSettings,
  versions: {},
  whole: true,
  jobs: 2,
  keepResults: false,
  signal: new AbortController().signal,
  progress: silent,
  reports,
  ...changes,
});
