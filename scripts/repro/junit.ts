import { createRequire } from "node:module";
import type { Builder } from "junit-report-builder";
import type { Entry } from "./catalogue.ts";
import type { Result } from "./one.ts";

// The package is CommonJS whose types speak of a `default` that is not there.
const builder: Builder = createRequire(import.meta.url)("junit-report-builder");

/** A round as JUnit: a case an entry; `failure` where the catalogue is wrong, `error` where nothing could be said. */
export function junitOf(entries: readonly Entry[], results: readonly Result[]): string {
  const report = builder.newBuilder().name("repro");
  const suite = report.testSuite().name("install bugs");
  for (const { id, outcome, expected = "", seen, fixed, seconds } of results) {
    const section = entries.find((entry) => entry.id === id)?.section ?? "";
    const made = suite.testCase().className(`guide.${section}`).name(id).time(seconds);
    const red = fixed !== undefined && fixed !== "green";
    if (outcome === "not here") made.skipped();
    else if (outcome === "not judged") made.error(seen, outcome);
    else if (outcome === "not reproduced")
      made.failure(outcome, outcome).stacktrace(`expected ${expected}\nseen ${seen}`);
    else if (red) made.failure(`the correction does not help: ${fixed}`, "not fixed");
    else made.standardOutput(seen);
  }
  return `${report.build()}\n`;
}
