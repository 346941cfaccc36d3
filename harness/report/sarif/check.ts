import type { CheckFinding, CheckReport } from "../../guide/check/index.ts";
import { causeLines } from "../check/causes.ts";
import type { Rules } from "../check/check.ts";
import { sarifLog, sarifPlace } from "./log.ts";

/** What `guide check` found. What is kept is suppressed there. */
export const checkSarif = ({ findings, kept }: CheckReport, rules: Rules) =>
  sarifLog(
    {
      name: "guide-check",
      page: "docs/how-to-change-the-guide.md",
      rules: Object.entries(rules).map(([id, [level, text]]) => ({ id, level, text })),
    },
    { results: [...findings, ...kept].map((finding) => result(finding, Object.keys(rules))) },
  );

const result = (
  { rule, level, location, step, message, hint, kept, causes = [] }: CheckFinding,
  ids: readonly string[],
) => {
  // What is gone stands nowhere.
  const there = causes.filter(({ kind }) => kind !== "removed");
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level,
    message: { text: [`${message}. ${hint}`, ...causeLines(causes)].join("\n") },
    locations: [sarifPlace(location, step)],
    ...(there.length > 0 && {
      relatedLocations: there.map((cause, id) =>
        Object.assign(sarifPlace(cause.location, cause.id), {
          id,
          message: { text: causeLines([cause]).join() },
        }),
      ),
    }),
    ...(kept !== undefined && {
      suppressions: [{ kind: "external", justification: `described by the erratum ${kept}` }],
    }),
  };
};
