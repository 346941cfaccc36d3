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
    .flatMap((file) => lookedAtIn(readFileSync(join(root, file), "utf8"), file));

/** What the tests of a file look at; not those in its comments, nor those that never run. */
export const lookedAtIn = (text: string, file: string): LookedAt[] =>
  [...withoutIdle(text).matchAll(/\bguards\(\s*"([\w-]+)",\s*"(\w+)"/g)].map(
    ({ 1: milestone = "", 2: what = "", index }) => ({
      milestone,
      what,
      place: `${file}:${text.slice(0, index).split("\n").length}`,
    }),
  );

const token = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[^]*?\*\//g;

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");

/** A file's text, of the same length and lines, without comments and tests that never run. */
function withoutIdle(text: string): string {
  const code = text.replaceAll(token, (all) => (all.startsWith("/") ? blank(all) : all));
  // What stands in quotes has no brackets that count.
  const bare = code.replaceAll(token, blank);
  let left = code;
  const take = (from: number, to: number): void => {
    left = left.slice(0, from) + blank(left.slice(from, to)) + left.slice(to);
  };
  for (const { index, 0: call } of bare.matchAll(/\.(?:skip|todo)\(/g)) {
    let end = index + call.length;
    for (let open = 1; open > 0 && end < bare.length; end += 1)
      open += bare[end] === "(" ? 1 : bare[end] === ")" ? -1 : 0;
    take(index, end);
  }
  for (const { index, 0: options } of bare.matchAll(/\{[^{}]*\b(?:skip|todo): (?!false\b)[^{}]*\}/g))
    take(index, index + options.length);
  return left;
}
