import { basename, dirname, join, relative } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { Context } from "../../context.ts";
import type { SourceLocation } from "../../errors.ts";
import { owned } from "../../host/processes/owned.ts";
import { projectRoot } from "../../host/paths.ts";
import type { MachineSpec } from "../../machines/machine.ts";
import { suitesFolder } from "./groups.ts";
import type { TestName } from "./selection.ts";

const vitest = join(projectRoot, "node_modules/vitest/vitest.mjs");
const config = join(suitesFolder, "vitest.config.ts");
const foldersOf = (milestones: readonly string[]): string[] =>
  milestones.map((milestone) => `suites/${milestone}/`);

/** How long a soak lasts, and what its faults are drawn from. */
export type Soak = { readonly hours: number; readonly seed: number };

/** What the names of some tests are made of. */
export type SuiteFacts = {
  /** The guide's file; what suites know of the guide lies beside it. */
  readonly guide: string;
  readonly machines: readonly MachineSpec[];
  /** The suite's own, six minutes, if absent. */
  readonly soak?: Soak | undefined;
};

/** A test that was found and not run, and where it stands. */
export type ListedTest = TestName & { readonly location?: SourceLocation };

/** What runs suites: a Node program that speaks as messages.ts says. */
export type SuiteProgram = {
  /** The program and its arguments, for some milestones, or for some of their tests alone. */
  run(milestones: readonly string[], only?: readonly TestName[]): readonly string[];
  /** Their tests by name, found without running anything; none if that fails. */
  list(milestones: readonly string[], facts: SuiteFacts, context: Context): Promise<ListedTest[]>;
};

export const vitestProgram: SuiteProgram = {
  run: (milestones, only) => [
    vitest,
    "run",
    "--config",
    config,
    ...foldersOf(milestones),
    ...(only ? ["--testNamePattern", patternOf(only)] : []),
  ],
  list: listTests,
};

/** Matches these tests alone. vitest joins the names of a test and the groups that it is in by a blank here, and shows them with a sign between. */
const patternOf = (tests: readonly TestName[]): string =>
  `^(?:${tests.map(({ name }) => escaped(name).replaceAll(" > ", "(?: >)? ")).join("|")})$`;

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

/** Environment of the suites, from which they know their guide and its machines. */
export const factsEnvironment = ({ guide, machines, soak }: SuiteFacts): Record<string, string> => ({
  GUIDE_FILE: guide,
  GUIDE_MACHINES: JSON.stringify(machines),
  ...(soak && { GUIDE_SOAK: JSON.stringify(soak) }),
});

const listed = z.array(
  z.object({
    name: z.string(),
    file: z.string(),
    location: z.object({ line: z.number(), column: z.number() }),
  }),
);

async function listTests(
  milestones: readonly string[],
  facts: SuiteFacts,
  { signal, deadlines }: Context,
): Promise<ListedTest[]> {
  // Names that are put together are known only to who loads the files.
  const how = ["--no-static-parse", "--json"];
  const args = [vitest, "list", "--config", config, ...foldersOf(milestones), ...how];
  const { stdout } = await execa(...owned("KILL", [process.execPath, ...args]), {
    cwd: projectRoot,
    env: factsEnvironment(facts),
    reject: false,
    cancelSignal: signal,
    timeout: deadlines.for("host"),
  });
  try {
    return listed.parse(JSON.parse(stdout ?? "")).map(({ name, file, location }) => ({
      milestone: basename(dirname(file)),
      name,
      location: { file: relative(projectRoot, file), ...location },
    }));
  } catch {
    return [];
  }
}
