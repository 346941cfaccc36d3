import { createRequire } from "node:module";
import type { Builder } from "junit-report-builder";
import { type Mutant, sectionOf } from "./catalogue.ts";
import type { Judgement } from "./judge.ts";

// The package is CommonJS whose types speak of a `default` that is not there.
const builder: Builder = createRequire(import.meta.url)("junit-report-builder");

/** A round as JUnit: a case a mutant; `failure` where a suite has a hole, `error` where nothing could be said. */
export function junitOf(mutants: readonly Mutant[], judgements: readonly Judgement[]): string {
  const report = builder.newBuilder().name("mutants");
  const suite = report.testSuite().name("suites on trial");
  for (const { id, outcome, expected, detail, seconds } of judgements) {
    const mutant = mutants.find((each) => each.id === id);
    const made = suite
      .testCase()
      .className(`guide.${mutant ? sectionOf(mutant) : ""}`)
      .name(id)
      .time(seconds)
      .property("to be noticed by", expected);
    if (outcome === "killed") made.standardOutput(detail);
    else if (outcome === "not judged") made.error(detail, outcome);
    else made.failure(detail, outcome);
  }
  return `${report.build()}\n`;
}
