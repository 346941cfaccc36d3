import { parse } from "unbash";
import { packagesWith } from "../../centos7/packages.ts";
import { basics } from "../effects/known.ts";
import { lineAt, type TextProblem } from "../origin.ts";

/** What shells print before a command. */
const prompts = [
  // `[root@host ~]#`, `[host]$`
  /\[\w[\w.-]*(?:@[\w.-]+)?(?:[ :][^\s\]]*)?\][ \t]*[#$%>]/,
  // `root@host:~#`, `host:/opt$`, `bash-4.2$`
  /(?:\w[\w.-]*@[\w.-]+(?:[ :][^\s\]]*)?|\w[\w.-]*:[/~][^\s#$%>]*[ \t]?|(?:ba|da|k|z)?sh-\d[\d.]*)[ \t]*[#$%>](?=\s|$)/,
  // `<host> ls`: a file is neither read nor written there.
  /<\w[\w.@-]*>(?=[ \t])/,
  /[❯➜»λ](?=[ \t]|$)/,
  /\$(?=[ \t])/,
];
const prompt = new RegExp(`^[ \\t]*(?:${prompts.map(({ source }) => source).join("|")})[ \\t]*`, "u");

/** `> ls`: a file of that name is hardly meant. */
const angle = /^[ \t]*>[ \t]+(?=(?<name>[a-z][\w-]*)(?:\s|$))/;

function promptOf(line: string): string | undefined {
  const { 0: found, groups } = angle.exec(line) ?? { 0: undefined };
  const name = groups?.["name"] ?? "";
  return found !== undefined &&
    (basics.has(name) || packagesWith(name).length > 0 || /^(?:kube|etcd)/.test(name))
    ? found
    : prompt.exec(line)?.[0];
}

/** Comments alone, and commands with the prompt that stood before them where they were copied. */
export function checkCommands(text: string): TextProblem[] {
  const written = text.split("\n").filter((line) => line.trim() !== "");
  if (written.length > 0 && written.every((line) => line.trim().startsWith("#"))) {
    const commands = written.map((line) => `\`${line.replace(/^[\s#]+/, "")}\``).join(", ");
    const hint = `if \`#\` is the prompt of root, write the commands without it: ${commands}; a remark belongs in the text`;
    return [{ offset: 0, message: "run without a command: comments alone", hint }];
  }
  // Only where a command begins: in a here-document such a line is text.
  return parse(text).commands.flatMap(({ pos }) => {
    const { line: typed, start } = lineAt(text, pos);
    const found = promptOf(typed);
    if (found === undefined || typed.slice(0, found.length).trim() === "") return [];
    const rest = typed.slice(found.length);
    const hint = rest === "" ? "take it out" : `write \`${rest}\`, and what it prints in an output block`;
    const message = `the prompt \`${found.trim()}\` before a command`;
    return [{ offset: start + found.search(/\S/), message, hint }];
  });
}
