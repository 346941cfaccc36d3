import { mutants, type MutantResult } from "../mutants/judge.ts";
import type { Round } from "../records.ts";
import { sampleAbout } from "../sample.ts";
import { roundPage } from "./page.ts";
import { type Since, sinceLast } from "./since.ts";

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
