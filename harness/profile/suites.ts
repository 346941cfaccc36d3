import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** What a test of a suite looks at, in the words of a profile's `guards`, and where it says so: `suites/a/b.test.ts:12`. */
export type LookedAt = { readonly milestone: string; readonly what: string; readonly place: string };

let found: readonly LookedAt[] | undefined;

/** What the project's suites look at, as their text says it: `guards("etcd", "health")`. Read once. */
export const lookedAt = (): readonly LookedAt[] => (found ??= read());

/** The same, by milestone, each thing once. */
export const lookedAtByMilestone = (): ReadonlyMap<string, readonly string[]> =>
  new Map(
    [...Map.groupBy(lookedAt(), ({ milestone }) => milestone)].map(([milestone, all]) => [
      milestone,
      [...new Set(all.map(({ what }) => what))].toSorted(),
    ]),
  );

const read = (): LookedAt[] =>
  globSync("suites/*/*.test.ts", { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return [...text.matchAll(/\bguards\(\s*"([\w-]+)",\s*"(\w+)"/g)].map(
        ({ 1: milestone = "", 2: what = "", index }) => ({
          milestone,
          what,
          place: `${file}:${text.slice(0, index).split("\n").length}`,
        }),
      );
    });
