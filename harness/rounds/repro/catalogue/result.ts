import { z } from "zod";
import type { Kind } from "../../kind.ts";
import { proofSchema } from "./proved.ts";

const schema = z.object({
  id: z.string(),
  section: z.string(),
  outcome: z.enum(["reproduced", "not reproduced", "not here", "not judged"]),
  /** Where it did not appear: what was to be seen. */
  expected: z.string().exactOptional(),
  /** What was seen, or why nothing could be. */
  seen: z.string(),
  /** After `--fix`: `green`, or what was still seen. */
  fixed: z.string().exactOptional(),
  seconds: z.number(),
  exitCode: z.number(),
  /** What `--write-docs` keeps. */
  proof: proofSchema.exactOptional(),
});

export type Result = Readonly<z.infer<typeof schema>>;

export const resultIn = (printed: unknown): Result | undefined => schema.safeParse(printed).data;

/** Install bugs: JUnit has a `failure` where the catalogue is wrong, an `error` where nothing could be said. */
export const repro: Kind<Result> = {
  name: "repro",
  title: "install bugs",
  schema,
  read({ id, section, outcome, expected = "", seen, fixed, seconds, exitCode }) {
    const common = { section, name: id, seconds, type: outcome, detail: seen };
    if (outcome === "not here") return { ...common, outcome: "skipped", exitCode: 0 };
    if (outcome === "not judged") return { ...common, outcome: "error", exitCode };
    if (outcome === "not reproduced") {
      return { ...common, outcome: "failed", detail: `expected ${expected}\nseen ${seen}`, exitCode };
    }
    if (fixed === undefined || fixed === "green") return { ...common, outcome: "passed", exitCode };
    const detail = `the correction does not help: ${fixed}`;
    return { ...common, outcome: "failed", type: "not fixed", detail, exitCode };
  },
  document: ({ results }) => results,
  isTelling: (results) => results.length === 0 || results.some(({ outcome }) => outcome !== "not here"),
  summary({ results }) {
    const wrong = results.filter(({ exitCode, outcome }) => exitCode !== 0 && outcome !== "not here");
    const number = (outcome: Result["outcome"]): number =>
      results.filter((result) => result.outcome === outcome).length;
    return [
      ...wrong.map(({ id, expected, seen, fixed }) =>
        [id, expected && `  expected  ${expected}`, `  seen      ${seen}`, fixed && `  corrected ${fixed}`]
          .filter(Boolean)
          .join("\n"),
      ),
      `${number("reproduced")} reproduced, ${number("not reproduced")} not reproduced, ${number("not judged")} not judged, ${number("not here")} not possible here`,
    ].join("\n");
  },
};
