import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../../errors.ts";
import { projectRoot } from "../../paths.ts";

/** Where the milestones' suites are. */
export const suitesFolder = join(projectRoot, "suites");

/** Group names and the milestone folders each stands for. */
export async function suiteGroups(): Promise<Readonly<Record<string, readonly string[]>>> {
  const text = await readFile(join(suitesFolder, "groups.json"), "utf8");
  return z.record(z.string(), z.array(z.string())).parse(JSON.parse(text));
}

/** Milestone folders of the groups, without doubles; UsageError for an unknown name. */
export async function milestonesOf(names: readonly string[]): Promise<string[]> {
  const groups = await suiteGroups();
  const folders = names.flatMap((name) => {
    const own = Object.hasOwn(groups, name) ? groups[name] : undefined;
    if (own) return own;
    throw new UsageError(`There is no suite ${name}`, {
      hint: `Suites and groups: ${Object.keys(groups).join(", ")}.`,
    });
  });
  return [...new Set(folders)];
}
