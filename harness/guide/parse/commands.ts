import { parse } from "unbash";
import { lineAndColumn } from "../origin.ts";
import type { TextProblem } from "./braces.ts";

/** What a shell prints before a command: `[root@host ~]# `, `root@host:~$ `, `$ `. */
const prompt = /^[ \t]*(?:(?:\[?\w[\w.-]*@[\w.-]+(?:[ :][^\s\]]*)?\]?)[ \t]*[#$](?:[ \t]+|$)|\$[ \t]+)/;

/** Comments alone, and commands with the prompt that stood before them where they were copied. */
export function checkCommands(text: string): TextProblem[] {
  const lines = text.split("\n");
  const written = lines.filter((line) => line.trim() !== "");
  if (written.length > 0 && written.every((line) => line.trim().startsWith("#"))) {
    const commands = written.map((line) => `\`${line.replace(/^[\s#]+/, "")}\``).join(", ");
    const hint = `if \`#\` is the prompt of root, write the commands without it: ${commands}; a remark belongs into the text`;
    return [{ line: 0, column: 0, message: "run without a command: comments alone", hint }];
  }
  // Only where a command begins: in a here-document such a line is text.
  return parse(text).commands.flatMap(({ pos }) => {
    const { line } = lineAndColumn(text, pos);
    const typed = lines[line] ?? "";
    const [found] = prompt.exec(typed) ?? [];
    if (found === undefined || typed.slice(0, found.length).trim() === "") return [];
    const hint = `write \`${typed.slice(found.length)}\`, and what it prints in an output block`;
    return [
      { line, column: found.search(/\S/), message: `the prompt \`${found.trim()}\` before a command`, hint },
    ];
  });
}
