import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import groups from "./groups.json" with { type: "json" };

const folder = join(import.meta.dirname, "..", "fixtures", "mutants");
const milestone = z.enum(groups.all);
const common = {
  id: z.string(),
  milestone,
  also_red: z.array(milestone).optional(),
  why: z.string().min(1),
};
const mutantSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...common,
    kind: z.literal("edit"),
    changes: z.array(z.looseObject({ reason: z.string() })).min(1),
  }),
  z.strictObject({
    ...common,
    kind: z.literal("fault"),
    fault: z.strictObject({
      on: z.enum(["t71", "t72", "t76"]),
      script: z.string().min(1),
      undo: z.string().min(1),
    }),
  }),
]);

const files = await readdir(folder);
const mutants = await Promise.all(
  files.map(async (file) => ({
    file,
    mutant: mutantSchema.parse(parse(await readFile(join(folder, file), "utf8"))),
  })),
);

test("each mutant is named as its file and says what is to be red", () => {
  for (const { file, mutant } of mutants) {
    expect(mutant.id).toBe(basename(file, ".yaml"));
    expect(mutant.also_red ?? []).not.toContain(mutant.milestone);
  }
});

test.for(groups.all)("%s has at least two mutants, one of them an edit of the guide", (name) => {
  const own = mutants.filter(({ mutant }) => mutant.milestone === name).map(({ mutant }) => mutant.kind);
  expect(own.length).toBeGreaterThanOrEqual(2);
  expect(own).toContain("edit");
});
