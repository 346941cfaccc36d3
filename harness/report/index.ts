import type { Reporter } from "../record/events.ts";
import { type ConsoleOptions, consoleReporter } from "./console/console.ts";
import { github } from "./github/github.ts";
import type { FindGreen } from "./html/context.ts";
import { htmlReport } from "./html/page.ts";
import { journal, runJson } from "./files.ts";
import { junit } from "./junit/junit.ts";
import { runSarif } from "./sarif/run.ts";
import { trace } from "./trace/trace.ts";

const files = (find?: FindGreen): readonly Reporter[] => [
  journal(),
  runJson(),
  junit(),
  runSarif(),
  trace(),
  htmlReport(find),
];

/**
 * All reporters of a run; `find` gives the run that its page compares it with. The console comes last, for it says where the
 * others have left their files.
 */
export const reporters = (
  options: ConsoleOptions,
  find?: FindGreen,
  console: Reporter = consoleReporter(options),
): readonly Reporter[] => [...files(find), github(), console];

/** Of a run that is a part of something else, which has its own way to speak. */
export const quietReporters = (): readonly Reporter[] => files();
