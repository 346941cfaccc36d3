import { z } from "zod";
import type { Kind, Trying } from "./kind.ts";

const schema = z.object({ id: z.string(), outcome: z.enum(["killed", "survived", "not judged"]) });
export type SampleResult = z.infer<typeof schema>;
export type SampleCase = { readonly id: string };

/** A kind of round for tests: no machines, and results that are made up. */
export const sampleKind: Kind<SampleResult> = {
  name: "sample",
  title: "a sample",
  schema,
  read: ({ id, outcome }) => ({
    className: "sample",
    name: id,
    seconds: 1,
    outcome: outcome === "killed" ? "passed" : outcome === "survived" ? "failed" : "error",
    type: outcome,
    exitCode: { killed: 0, survived: 1, "not judged": 4 }[outcome],
  }),
  document: ({ results }) => ({ results }),
  summary: ({ results }) => `${results.length} results`,
};

/** Cases whose results are `outcomes`; one that has none throws. `tried` is told each case that is tried. */
export const trySamples = (
  ids: readonly string[],
  outcomes: Readonly<Record<string, SampleResult["outcome"]>>,
  tried: (id: string) => void = () => undefined,
): Trying<SampleCase, SampleResult> => ({
  cases: ids.map((id) => ({ id })),
  async *attempt(batch) {
    for (const { id } of batch) {
      tried(id);
      const outcome = outcomes[id];
      if (!outcome) throw new Error(`${id} broke off`);
      yield { id, outcome };
    }
  },
  notJudged: ({ id }) => ({ id, outcome: "not judged" }),
});
