import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { owned } from "../../host/processes/owned.ts";
import { projectRoot } from "../../host/paths.ts";
import { suitesFolder } from "./groups.ts";

const vitest = join(projectRoot, "node_modules/vitest/vitest.mjs");
const config = join(suitesFolder, "vitest.config.ts");
const foldersOf = (milestones: readonly string[]): string[] =>
  milestones.map((milestone) => `suites/${milestone}/`);

/** What runs suites: a Node program that speaks as messages.ts says. */
export type SuiteProgram = {
  /** The program and its arguments, for some milestones. */
  run(milestones: readonly string[]): readonly string[];
  /** Their tests by name, found without running anything; none if that fails. */
  list(milestones: readonly string[], context: Context): Promise<{ milestone: string; name: string }[]>;
};

export const vitestProgram: SuiteProgram = {
  run: (milestones) => [vitest, "run", "--config", config, ...foldersOf(milestones)],
  list: listTests,
};

const listed = z.array(z.object({ name: z.string(), file: z.string() }));

async function listTests(
  milestones: readonly string[],
  { signal, deadlines }: Context,
): Promise<{ milestone: string; name: string }[]> {
  const args = [vitest, "list", "--config", config, ...foldersOf(milestones), "--json"];
  const { stdout } = await execa(...owned("KILL", [process.execPath, ...args]), {
    cwd: projectRoot,
    reject: false,
    cancelSignal: signal,
    timeout: deadlines.for("question"),
  });
  try {
    return listed
      .parse(JSON.parse(stdout ?? ""))
      .map(({ name, file }) => ({ milestone: basename(dirname(file)), name }));
  } catch {
    return [];
  }
}
