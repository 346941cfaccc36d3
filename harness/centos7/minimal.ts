import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The words of a text with blanks between them. */
export const words = (text: string): string[] => text.trim().split(/\s+/);

/** Takes apart lines of `package: program …`; a line that begins with `#` is a remark. */
export const programsIn = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => line.slice(line.indexOf(":") + 1).split(" "))
    .filter((word) => word !== "");

const [core = "", box = ""] = readFileSync(join(import.meta.dirname, "minimal.txt"), "utf8").split(
  "# The box's kickstart, beyond @core.\n",
);

/** Programs that every minimal installation has. */
export const corePrograms: ReadonlySet<string> = new Set(programsIn(core));

/** Programs that the guide's reader finds on a new machine: minimal.txt, which names its source. */
export const minimalPrograms: ReadonlySet<string> = new Set([...corePrograms, ...programsIn(box)]);
