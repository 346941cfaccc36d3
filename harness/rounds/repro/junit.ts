import { type Case, casesXml } from "../../report/junit/cases.ts";
import type { Entry } from "./catalogue.ts";
import type { Result } from "./one.ts";

/** A round as JUnit: a case an entry; `failure` where the catalogue is wrong, `error` where nothing could be said. */
export const junitOf = (entries: readonly Entry[], results: readonly Result[]): string =>
  casesXml(
    "repro",
    "install bugs",
    results.map((result) => {
      const section = entries.find(({ id }) => id === result.id)?.section ?? "";
      return { className: `guide.${section}`, name: result.id, seconds: result.seconds, ...toldOf(result) };
    }),
  );

function toldOf({ outcome, expected = "", seen, fixed }: Result): Pick<Case, "outcome" | "type" | "detail"> {
  if (outcome === "not here") return { outcome: "skipped" };
  if (outcome === "not judged") return { outcome: "error", type: outcome, detail: seen };
  if (outcome === "not reproduced") {
    return { outcome: "failed", type: outcome, detail: `expected ${expected}\nseen ${seen}` };
  }
  if (fixed !== undefined && fixed !== "green") {
    return { outcome: "failed", type: "not fixed", detail: `the correction does not help: ${fixed}` };
  }
  return { outcome: "passed", detail: seen };
}
