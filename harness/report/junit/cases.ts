import { createRequire } from "node:module";
import type { Builder } from "junit-report-builder";
import { plain } from "../text.ts";

// The package is CommonJS whose types speak of a `default` that is not there.
export const builder: Builder = createRequire(import.meta.url)("junit-report-builder");

/** One item of a round of many runs, as JUnit has it. */
export type Case = {
  readonly className: string;
  readonly name: string;
  readonly seconds: number;
  /** `failed` where what was tried is wrong, `error` where nothing could be said. */
  readonly outcome: "passed" | "failed" | "error" | "skipped";
  /** A word for it, such as `survived`. */
  readonly type?: string;
  readonly detail?: string;
  readonly properties?: Readonly<Record<string, string>>;
};

/** A round of many runs as JUnit: a case an item. */
export function casesXml(name: string, title: string, cases: readonly Case[]): string {
  const report = builder.newBuilder().name(name);
  const suite = report.testSuite().name(title);
  for (const {
    className,
    name: item,
    seconds,
    outcome,
    type = outcome,
    detail = "",
    properties = {},
  } of cases) {
    const made = suite.testCase().className(className).name(item).time(seconds);
    for (const [key, value] of Object.entries(properties)) made.property(key, plain(value));
    const told = plain(detail);
    if (outcome === "skipped") made.skipped();
    else if (outcome === "error") made.error(told, type);
    else if (outcome === "failed") made.failure(told, type);
    else if (told !== "") made.standardOutput(told);
  }
  return `${report.build()}\n`;
}
