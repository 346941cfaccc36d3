import type { Argument, Option } from "commander";

/** What a shell offers in the place of a value: words, files, or the clusters that are there. */
export type Words = readonly string[] | "files" | "clusters";

const known = new WeakMap<Argument | Option, Words>();

/** Says what a shell offers for the value of an option or an argument. */
export function completes<T extends Argument | Option>(target: T, words: Words): T {
  known.set(target, words);
  return target;
}

/** What a shell offers for a value; nothing if nobody knows. */
export const wordsFor = (target: Argument | Option): Words => known.get(target) ?? target.argChoices ?? [];
