import { basename } from "node:path";
import { expect, test } from "vitest";
import { loadMutants, milestones } from "./catalogue.ts";

const mutants = await loadMutants();

test("each mutant is named as its file and says what is to be red", () => {
  for (const { id, file, milestone, also_red } of mutants) {
    expect(id).toBe(basename(file, ".yaml"));
    expect(also_red).not.toContain(milestone);
  }
});

test.for(milestones)("%s has at least two mutants, one of them an edit of the guide", (name) => {
  const own = mutants.filter(({ milestone }) => milestone === name).map(({ kind }) => kind);
  expect(own.length).toBeGreaterThanOrEqual(2);
  expect(own).toContain("edit");
});

test("an unknown mutant is refused with the known ones", async () => {
  await expect(loadMutants(["none"])).rejects.toMatchObject({
    details: { hint: expect.stringContaining("userspace-mode") },
  });
});
