import { exitCodes, gravestExitCode } from "../../errors.ts";
import type { Check } from "../../machines/machine.ts";

/** The exit code of a run on a host of which this was seen: of several failures the gravest decides, as in the run. */
export const exitCodeOf = (checks: readonly Check[]): number =>
  gravestExitCode(
    checks.flatMap(({ fatal, verdict = "infrastructure" }) => (fatal ? exitCodes[verdict] : [])),
  );
