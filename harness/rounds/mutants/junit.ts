import { casesXml } from "../../report/junit/cases.ts";
import { type Mutant, sectionOf } from "./catalogue.ts";
import type { Judgement } from "./judge.ts";

/** A round as JUnit: a case a mutant; `failure` where a suite has a hole, `error` where nothing could be said. */
export const junitOf = (mutants: readonly Mutant[], judgements: readonly Judgement[]): string =>
  casesXml(
    "mutants",
    "suites on trial",
    judgements.map(({ id, outcome, expected, detail, seconds }) => {
      const mutant = mutants.find((each) => each.id === id);
      const good = outcome === "killed";
      return {
        className: `guide.${mutant ? sectionOf(mutant) : ""}`,
        name: id,
        seconds,
        outcome: good ? "passed" : outcome === "not judged" ? "error" : "failed",
        type: outcome,
        detail,
        properties: { "to be noticed by": expected },
      };
    }),
  );
