import { HarnessDefect } from "../../errors.ts";
import type { RunRecord } from "../../record/record.ts";
import type { Settings } from "../../settings/settings.ts";
import { notGreen } from "../red.ts";
import { optionsOf, recordOf } from "./children.ts";

/** A run that has to pass before anything can be said of others, such as the guide before its steps. */
type Demand = { readonly what: string; readonly others: string; readonly options: readonly string[] };

/** Runs the guide as it is, and says so. An error unless it passes: what is red later would be nobody's doing. */
export async function demandGreen(
  { what, others, options }: Demand,
  signal: AbortSignal,
  say?: (line: string) => void,
): Promise<RunRecord> {
  say?.(`${what} first`);
  const record = await recordOf("e2e", options, signal);
  if (record.verdict === "passed") return record;
  throw notGreen(what, record, others);
}

/** Runs of the guide without a mutant, which a round needs once for each choice of suites. */
export class GreenRuns {
  readonly #runs = new Map<string, Promise<unknown>>();

  /** Waits for one of these suites, and makes it if there is none yet. An error unless it passes, as of `demandGreen`. */
  async demand(suites: readonly string[], settings: Settings, signal: AbortSignal): Promise<void> {
    const key = suites.join(" ");
    const options = ["--resume", ...suites, ...optionsOf(settings)];
    const what = `Without a mutant (${key})`;
    const run = this.#runs.get(key) ?? demandGreen({ what, others: "mutants", options }, signal);
    this.#runs.set(key, run);
    try {
      await run;
    } catch (thrown) {
      // What says nothing of the guide may end otherwise when it is made again.
      if (!(thrown instanceof HarnessDefect)) this.#runs.delete(key);
      throw thrown;
    }
  }
}
