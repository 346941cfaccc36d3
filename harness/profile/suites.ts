import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceLocation } from "../errors.ts";
import { projectRoot } from "../host/paths.ts";

/** What a test of a suite looks at, in the words of a profile's `guards`, and where it says so. */
export type LookedAt = {
  readonly milestone: string;
  readonly what: string;
  readonly location: SourceLocation;
};

/** What the project's suites look at, as their text says it: `guards("etcd", "health")`. */
export function lookedAt(): LookedAt[] {
  return globSync("suites/*/*.test.ts", { cwd: projectRoot })
    .toSorted()
    .flatMap((name) => {
      const file = join(projectRoot, name);
      const text = readFileSync(file, "utf8");
      return [...text.matchAll(/\bguards\(\s*"([\w-]+)",\s*"(\w+)"/g)].map(
        ({ 1: milestone = "", 2: what = "", index }) => {
          const before = text.slice(0, index).split("\n");
          return {
            milestone,
            what,
            location: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
          };
        },
      );
    });
}
