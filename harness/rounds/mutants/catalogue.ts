import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { loadProfile, ownGuide, type Profile } from "../../profile/profile.ts";
import { isApart } from "../../run/suites/groups.ts";
import { readShape } from "../../input/yaml-file.ts";
import { chosen } from "../kind.ts";

const folder = join(dirname(ownGuide), "mutants");
/** What a mutant may be of that guide. */
function schemaFor(profile: Profile) {
  const milestone = z.enum(Object.keys(profile.milestones));
  const common = {
    id: z.string(),
    milestone: milestone.optional(),
    /** For each of these texts, a test of it or of `also_red` that has the text in its name must be red. */
    tests: z.array(z.string().min(1)).min(1).optional(),
    /**
     * Or the guide's own step that must fail: what the guide itself checks needs no suite. With a milestone too, either will
     * do: some hosts do not let the guide come to its suites.
     */
    step: z.string().optional(),
    /** Milestones that depend on it and may turn red too. */
    also_red: z.array(milestone).default([]),
    why: z.string().min(1),
  };
  const edit = z.strictObject({
    ...common,
    kind: z.literal("edit"),
    /** Text in the names of those tests of its milestone that are run alone, where that stands apart and takes long. */
    grep: z.string().min(1).optional(),
    changes: z.array(z.looseObject({ reason: z.string(), step: z.string() })).min(1),
  });
  const fault = z.strictObject({
    ...common,
    kind: z.literal("fault"),
    /** What the guide's section gives and the fault takes away. */
    section: z.string(),
    fault: z.strictObject({
      on: z.enum(profile.machines.map(({ name }) => name)),
      script: z.string().min(1),
      undo: z.string().min(1),
    }),
  });
  return z
    .discriminatedUnion("kind", [edit, fault])
    .refine(({ milestone: suite, step }) => suite !== undefined || step !== undefined, {
      error: "a milestone or a step has to notice it",
    })
    .refine(({ milestone: suite, tests }) => (suite === undefined) === (tests === undefined), {
      error: "a milestone is named with those of its tests that must be red, and they with their milestone",
      path: ["tests"],
    })
    .refine(({ kind, milestone: suite }) => kind === "edit" || !suite || !isApart([suite], profile), {
      error: "the machines of faults are used on: what only a boot shows is an edit",
    })
    .refine(
      (mutant) => mutant.kind === "fault" || !mutant.grep || isApart([mutant.milestone ?? ""], profile),
      {
        error: "only a milestone that stands apart is looked at by some of its tests",
        path: ["grep"],
      },
    );
}

/** A change of the guide, or a fault of the running cluster, that a milestone must notice. */
export type Mutant = z.infer<ReturnType<typeof schemaFor>> & { readonly file: string };
export type EditMutant = Extract<Mutant, { kind: "edit" }>;
export type FaultMutant = Extract<Mutant, { kind: "fault" }>;

/** The guide's section that a mutant breaks: that of its first changed step. */
export const sectionOf = (mutant: Mutant): string =>
  mutant.kind === "fault" ? mutant.section : (mutant.changes[0]?.step.split("/", 1)[0] ?? "");

const hint = "a mutant has id, milestone and tests, or step, why, kind, and changes, or section and fault";

/** Reads the guide's `mutants/`; only those named, if any are. UsageError for an unknown name or a file of another shape. */
export async function loadMutants(ids: readonly string[] = []): Promise<Mutant[]> {
  const schema = schemaFor(loadProfile(ownGuide));
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).toSorted();
  const mutants = await Promise.all(
    files.map(async (name): Promise<Mutant> => {
      const file = join(folder, name);
      return Object.assign(await readShape(file, schema, hint), { file });
    }),
  );
  return chosen(mutants, ids, "mutant", "mutants");
}
