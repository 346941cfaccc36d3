import { controlsIn } from "../../odd-characters.ts";
import type { TextProblem } from "./braces.ts";

/** Characters that a terminal would obey, wherever the text is printed. */
export const controlProblems = (text: string): TextProblem[] =>
  text.split("\n").flatMap((content, line) =>
    controlsIn(content).map(({ index: column, name }) => ({
      line,
      column,
      message: `${name}, which a terminal obeys`,
      hint: "take it out; where a command is to print it, write it as printf does: \\033",
    })),
  );
