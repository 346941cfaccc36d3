import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Options = {
  /** By letter: whether it takes a value, as getopt(3) has it. */
  readonly letters: ReadonlyMap<string, "" | ":" | "::">;
  /** By word: whether what follows may be its value. */
  readonly words: ReadonlyMap<string, boolean>;
  readonly stops: boolean;
};

/** Takes apart lines of `program: letters | words`; a line that begins with `#` is a remark. */
export function parseOptions(text: string): Map<string, Options> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line): [string, Options] => {
      const [, program = "", letters = "", words = ""] = /^(\S+): ?(\S*)(?: ?\| (.*))?$/.exec(line) ?? [];
      const known = [...letters.replace(/^\+/, "").matchAll(/([^:])(:{0,2})/g)];
      return [
        program,
        {
          letters: new Map(known.map(([, letter = "", value]) => [letter, isValue(value) ? value : ""])),
          words: new Map(words.split(" ").map((word) => [word.replace(/=$/, ""), word.endsWith("=")])),
          stops: letters.startsWith("+"),
        },
      ];
    }),
  );
}

const isValue = (text: string | undefined): text is ":" | "::" => text === ":" || text === "::";

/** What programs of CentOS 7.5 know: options.txt, which names its source. */
export const centosOptions: ReadonlyMap<string, Options> = parseOptions(
  readFileSync(join(import.meta.dirname, "options.txt"), "utf8"),
);
