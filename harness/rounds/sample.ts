import { z } from "zod";
import { silent } from "../progress.ts";
import { defaultSettings } from "../settings/settings.ts";
import type { Kind, RoundCases } from "./kind.ts";
import { mutants, type MutantResult } from "./mutants/judge.ts";
import { roundPage } from "./page/page.ts";
import { type Since, sinceLast } from "./page/since.ts";
import type { RoundHeader, Round } from "./records.ts";
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

/** A round of mutants for tests: one of each end and one more, each of which says `detail`. */
export function sampleRound(detail = "etcd is failed, not active"): Round<MutantResult> {
  const ends = ["killed", "survived", "not judged", "killed"] as const;
  const results = ends.map((outcome, index): MutantResult => ({
    id: `mutant-${index}`,
    kind: "edit",
    section: ["2.4.4", "3.3.1"][index % 2] ?? "",
    expected: "etcd",
    red: [],
    outcome,
    detail,
    seconds: 85.1,
  }));
  const cases = results.map(({ id }, index) => ({
    id,
    key: id,
    place: { file: `fixtures/guide/mutants/mutant-${index}.yaml`, line: 1 },
  }));
  const lines = results.map((result) => ({ key: result.id, at: "2019-04-01T02:01:00.000Z", result }));
  return { about: sampleAbout({ cases }), results, lines, missing: [], seconds: 120 };
}

const last = {
  type: "killed",
  seconds: 40,
  at: "2019-03-31T02:00:00.000Z",
  commit: "0123456789ab",
  provider: "nspawn",
  artifacts: "source",
};

export const sampleSince = (round: Round<MutantResult>): Since =>
  sinceLast(mutants, round, { "mutant-1": last, "mutant-3": last });

export function sampleRoundPage(detail?: string): string {
  const round = sampleRound(detail);
  return roundPage(mutants, round, {
    since: sampleSince(round),
    addresses: { line: ({ line }) => `guide.md?plain=1#L${line}`, run: () => undefined },
    files: ["mutants.xml", "mutants.jsonl"],
  });
}
