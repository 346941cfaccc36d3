import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The words of a text with blanks between them. */
export const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** A package by its names, and what it brings. */
export type Package = { readonly names: readonly string[]; readonly brings: readonly string[] };

/** Takes apart lines of `package …: word …`; a line that begins with `#` is a remark. */
export const packagesIn = (text: string): Package[] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const end = line.indexOf(":");
      return { names: words(line.slice(0, end)), brings: words(line.slice(end + 1)) };
    });

/** What all packages of such lines bring. */
export const programsIn = (text: string): string[] => packagesIn(text).flatMap(({ brings }) => brings);

/** The two parts of a file of this folder, before and after a line. */
export function partsOf(file: string, line: string): readonly [before: string, after: string] {
  const [before = "", after = ""] = readFileSync(join(import.meta.dirname, file), "utf8").split(`${line}\n`);
  return [before, after];
}

const [core, box] = partsOf("minimal.txt", "# The box's kickstart, beyond @core.");

/** Programs that every minimal installation has. */
export const corePrograms: ReadonlySet<string> = new Set(programsIn(core));

/** Programs that the guide's reader finds on a new machine: minimal.txt, which names its source. */
export const minimalPrograms: ReadonlySet<string> = new Set([...corePrograms, ...programsIn(box)]);

/** Packages of such a machine. */
export const minimalPackages: ReadonlySet<string> = new Set(
  packagesIn(`${core}${box}`).flatMap(({ names }) => names),
);
