import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { good, root, scratch, set, up } from "../upstream/sample.ts";
import { hashOf } from "../upstream/testing.ts";
import { loadFurther } from "./files.ts";
import { SetWithFurtherFiles } from "./set.ts";

/* For tests of further files: a list beside a guide, and the sample's set with what it lists. */
export const list = (): string => join(scratch, "artifacts.yaml");

/** The lines of a list for a file that upstream serves. */
export const entry = async (name: string): Promise<string[]> => [
  `  - name: ${name}`,
  `    version: ${name.replace(".tgz", "")} 1`,
  `    url: ${up.base}/${name}`,
  `    sha256: ${hashOf("sha256", await readFile(join(good, name)))}`,
  "    from: the release's own page",
];

export const write = (lines: readonly string[]): Promise<void> =>
  writeFile(list(), ["inputs:", ...lines].join("\n"));

export const further = async (file = list(), env: NodeJS.ProcessEnv = {}): Promise<SetWithFurtherFiles> =>
  new SetWithFurtherFiles(set(env), await loadFurther(file), root, env);
