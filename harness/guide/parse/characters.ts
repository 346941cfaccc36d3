import { controlsIn } from "../../input/odd-characters.ts";
import type { TextProblem } from "./braces.ts";

/** Characters that a terminal would obey, wherever the text is printed; each once in a line. */
export const controlProblems = (text: string): TextProblem[] =>
  text.split("\n").flatMap((content, line) =>
    [...new Map(controlsIn(content).map((found) => [found.text, found])).values()].map(
      ({ index: column, name }) => ({
        line,
        column,
        message: `${name}, which a terminal obeys`,
        hint: "take it out; where a command is to print it, write it as printf does: \\033",
      }),
    ),
  );
