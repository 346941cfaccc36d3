import { controlsIn } from "../../input/odd-characters.ts";
import { linesIn, type TextProblem } from "../origin.ts";

/** Characters that a terminal would obey, wherever the text is printed; each once in a line. */
export const controlProblems = (text: string): TextProblem[] =>
  linesIn(text).flatMap(({ line, start }) =>
    [...new Map(controlsIn(line).map((found) => [found.text, found])).values()].map(({ index, name }) => ({
      offset: start + index,
      message: `${name}, which a terminal obeys`,
      hint: "take it out; where a command is to print it, write it as printf does: \\033",
    })),
  );
