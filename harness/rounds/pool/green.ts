import { notGreen } from "../red.ts";
import { recordOf } from "./children.ts";

/** A run that has to pass before anything can be said of others, such as the guide before its steps. */
type Demand = { readonly what: string; readonly others: string; readonly options: readonly string[] };

/** Runs the guide as it is, and says so. An error unless it passes: what is red later would be nobody's doing. */
export async function demandGreen(
  { what, others, options }: Demand,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  say(`${what} first`);
  const record = await recordOf("e2e", options, { signal });
  if (record.verdict !== "passed") throw notGreen(what, record, others);
}
