import type { CheckFinding, CheckReport } from "../../guide/check/index.ts";
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
  { rule, level, location, step, message, hint, kept }: CheckFinding,
  ids: readonly string[],
) => ({
  ruleId: rule,
  ruleIndex: ids.indexOf(rule),
  level,
  message: { text: `${message}. ${hint}` },
  locations: [sarifPlace(location, step)],
  ...(kept !== undefined && {
    suppressions: [{ kind: "external", justification: `described by the erratum ${kept}` }],
  }),
});
