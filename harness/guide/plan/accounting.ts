import type { Accounting } from "../../record/record.ts";
import { kinds } from "../parse/directives.ts";
import type { Block } from "../types.ts";

/** Counts blocks by kind. */
export function account(blocks: readonly Block[]): Accounting {
  const counts = kinds.map((kind) => [kind, blocks.filter((block) => block.kind === kind).length] as const);
  return { ...Object.fromEntries(counts), total: blocks.length };
}
