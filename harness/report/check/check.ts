import chalk from "chalk";
import { formatLocation } from "../../errors.ts";
import type { CheckFinding, CheckReport, Level } from "../../guide/check/index.ts";
import { shortPath } from "../../host/paths.ts";
import { annotation } from "../github/annotation.ts";
import { sarifLog, sarifPlace } from "../sarif/log.ts";
import { count, duration, place, plain } from "../text.ts";

export type Rules = Readonly<Record<string, readonly [Level, string]>>;

/** What `guide check` found, as text for a person, JSON, SARIF 2.1.0 or annotations of a workflow on GitHub. */
export function printCheck(
  report: CheckReport,
  rules: Rules,
  format: "text" | "json" | "sarif" | "github",
  milliseconds: number,
): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ ...tally(report), milliseconds: Math.round(milliseconds), ...report }, null, 2)}\n`;
    case "sarif":
      return `${JSON.stringify(checkSarif(report, rules), null, 2)}\n`;
    case "github":
      return [...report.findings.map(annotated), summary(report, milliseconds), ""].join("\n");
    case "text":
      return `${[...findingLines(report), summary(report, milliseconds)].join("\n")}\n`;
  }
  return format satisfies never;
}

const tally = ({ findings }: CheckReport) => ({
  errors: findings.filter(({ level }) => level === "error").length,
  warnings: findings.filter(({ level }) => level === "warning").length,
});

const annotated = ({ rule, level, location, message, hint, causes }: CheckFinding): string =>
  annotation(level, { location, title: rule, message: [message, hint, ...causeLines(causes)].join("\n") });

/** Findings in groups of a file each, and what is kept on one line. */
export function* findingLines({
  findings,
  kept,
  unfollowed,
}: Pick<CheckReport, "findings" | "kept" | "unfollowed">): Iterable<string> {
  const files = Map.groupBy(findings, ({ location }) => location.file);
  for (const [file, inFile] of files) {
    yield chalk.bold.underline(shortPath(file));
    for (const { rule, level, location, step, message, hint, causes } of inFile) {
      const mark = level === "error" ? chalk.red("error  ") : chalk.yellow("warning");
      const where = formatLocation({ ...location, file: shortPath(location.file) });
      yield `  ${where}: ${mark} ${message} ${chalk.dim(`(${rule}${step === undefined ? "" : `, ${step}`})`)}`;
      yield chalk.dim(`      ${hint}`);
      for (const line of causeLines(causes)) yield `      ${line}`;
    }
    yield "";
  }
  yield* keptAndLeft(kept, unfollowed);
}

/** What no finding tells: what is kept, and what nobody could follow, of which silence says nothing. */
function* keptAndLeft(kept: CheckReport["kept"], unfollowed: CheckReport["unfollowed"]): Iterable<string> {
  if (unfollowed.length > 0) {
    yield chalk.dim("Not followed, so nothing is known about their effects:");
    for (const { location, command } of unfollowed)
      yield chalk.dim(`  ${place(location)}: ${plain(command.split("\n", 1)[0] ?? "")}`);
    yield "";
  }
  if (kept.length === 0) return;
  yield chalk.dim("Known and kept on purpose; --as-written shows each as a finding:");
  for (const [erratum, of] of Map.groupBy(kept, (finding) => finding.kept ?? "")) {
    for (const [message, same] of Map.groupBy(of, (finding) => finding.message))
      yield chalk.dim(`  ${same.map(({ location }) => place(location)).join(", ")}: ${message} (${erratum})`);
  }
  yield "";
}

function summary(report: CheckReport, milliseconds: number): string {
  const { errors, warnings } = tally(report);
  const { blocks, steps, findings, unfollowed } = report;
  const looked = steps === 0 ? "no step to look at" : `${count(blocks, "block")}, ${count(steps, "step")}`;
  const verdict =
    findings.length === 0
      ? chalk.green("clean")
      : `${(errors > 0 ? chalk.red : chalk.yellow)(count(errors, "error"))}, ${count(warnings, "warning")}`;
  return `${verdict}: ${looked}, ${count(unfollowed.length, "command")} not followed, ${duration(milliseconds)}`;
}

const causeLines = (causes: CheckFinding["causes"] = []): string[] =>
  causes.map(({ id, kind, location, lines }) => {
    const where = kind === "removed" ? "" : ` at ${place(location)}`;
    return `since HEAD ${id} was ${kind}${where}${lines.length > 0 ? `: ${lines.join("; ")}` : ""}`;
  });

/** What `guide check` found. What is kept is suppressed there. */
const checkSarif = ({ findings, kept }: CheckReport, rules: Rules) =>
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
