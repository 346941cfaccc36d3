import { oddCharacters } from "../../../input/odd-characters.ts";
import { linesIn, locateIn } from "../../origin.ts";
import { type Fault, type Subject } from "../finding.ts";

const readByPeople = /^(?:text|txt|html|md|markdown)$/;

/** What a page, a word processor or an input method puts in the place of plain characters, in commands and files. */
export function* characters({ plan }: Subject): Iterable<Fault> {
  for (const block of plan.guide.blocks) {
    if (block.kind !== "run" && block.kind !== "file") continue;
    for (const { line, start } of linesIn(block.text)) {
      const told = new Set<string>();
      for (const { index, text, name, plain, visible } of oddCharacters(line)) {
        if (told.has(text)) continue;
        const comment = /^\s*(?:#|;|\/\/)|\s#\s/.test(line.slice(0, index));
        if (visible && (comment || readByPeople.test(block.language))) continue;
        told.add(text);
        const hint =
          {
            "": "take it out",
            " ": "write an ordinary blank, or nothing",
            "\n": "end the line there, or take it out",
            "-": "write - or --, as the program has it",
          }[plain] ?? `write ${plain}`;
        const message = `${name} in a ${block.kind === "run" ? "command" : "file"}`;
        yield { rule: "text/character", at: locateIn(block, start + index), message, hint };
      }
    }
  }
}
