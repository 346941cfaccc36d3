import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packagesIn } from "../../centos7/minimal.ts";

/** Words with blanks and line ends between them. */
export const list = (text: string): readonly string[] => text.trim().split(/\s+/);

export const words = (text: string): ReadonlySet<string> => new Set(list(text));

const lists = packagesIn(readFileSync(join(import.meta.dirname, "programs/words.txt"), "utf8"));
const known = new Map<string, readonly string[]>();
for (const { names, brings } of lists)
  for (const name of names) known.set(name, [...(known.get(name) ?? []), ...brings]);

/** The words of programs/words.txt that somebody has; none for a name that is not there. */
export const wordsOf = (name: string): readonly string[] => known.get(name) ?? [];
