import type { Argument, Option } from "commander";

/** What a shell offers in the place of a value: words, or files, clusters and runs as they are there then. */
export type Words = readonly string[] | (() => Promise<readonly string[]>) | "files" | "clusters" | "runs";

const known = new WeakMap<Argument | Option, Words>();

/** Says what a shell offers for the value of an option or an argument. */
export function completes<T extends Argument | Option>(target: T, words: Words): T {
  known.set(target, words);
  return target;
}

/** What a shell offers for a value; nothing if nobody knows. */
export async function wordsFor(target: Argument | Option): Promise<Exclude<Words, () => unknown>> {
  const words = known.get(target) ?? target.argChoices ?? [];
  return typeof words === "function" ? words() : words;
}
