import type { Accounting } from "../../record/record.ts";
import type { Block } from "../types.ts";

/** Counts blocks by kind. */
export function account(blocks: readonly Block[]): Accounting {
  const counts = { run: 0, file: 0, output: 0, skip: 0 };
  for (const { kind } of blocks) counts[kind]++;
  return { ...counts, total: counts.run + counts.file + counts.output + counts.skip };
}
