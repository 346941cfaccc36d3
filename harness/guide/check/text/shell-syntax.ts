import { execFile } from "node:child_process";
import { parse } from "unbash";
import { closestWord } from "../../../input/suggest.ts";
import { InfrastructureError } from "../../../errors.ts";
import type { Step } from "../../types.ts";
import { type Fault, textOf } from "../finding.ts";
import { linesIn } from "../../origin.ts";

/** Hands each argument to a `bash -n` of its own, which reads and runs nothing, and prints what that says. */
const reader = String.raw`for script; do
  LC_ALL=C bash -n /dev/stdin <<<"$script" 2>&1
  printf '\0'
done`;

/** Files that shells read, whatever they begin with. */
const readByShells = /\.sh$|\/\.?(?:bashrc|bash_profile|profile|rc\.local)$/;

/** What bash says to the syntax of each command block and shell script. InfrastructureError without bash. */
export async function shellSyntax(all: readonly Step[]): Promise<Fault[]> {
  const steps = all.filter(
    ({ action }) =>
      action.kind === "run" || /^#!.*sh\b/.test(action.content) || readByShells.test(action.path),
  );
  const scripts = steps.map(textOf);
  const answers = (await read(scripts)).split("\0");
  return steps.flatMap((step, index): Fault[] => {
    const [, line, message] = /^\S+: line (\d+): (.*)$/m.exec(answers[index] ?? "") ?? [];
    if (line === undefined || message === undefined) return [];
    const text = scripts[index] ?? "";
    const lines = linesIn(text);
    const [, delimiter] = /delimited by end-of-file \(wanted `(.*)'\)$/.exec(message) ?? [];
    if (delimiter !== undefined) {
      const { offset, ...told } = unended(text, delimiter);
      return [{ rule: "shell/syntax", at: { step, offset }, ...told }];
    }
    // bash knows the line at most; where an open quote begins, the parser knows better.
    const offset = parse(text).errors?.[0]?.pos ?? lines[Number(line) - 1]?.start ?? text.length;
    return [{ rule: "shell/syntax", at: { step, offset }, message, hint: "bash -n says so; it was not run" }];
  });
}

/** A here-document without its last line: where a line ends it but for its blanks, or where it begins. */
function unended(
  text: string,
  delimiter: string,
): Pick<Fault, "message" | "hint"> & { readonly offset: number } {
  const lines = linesIn(text);
  const hint = `a line that ends it has ${delimiter} and nothing else`;
  const nearly = lines.find(({ line }) => line.trim() === delimiter);
  if (nearly) {
    const where = nearly.line.startsWith(delimiter) ? "after" : "before";
    const message = `the here-document is not ended: there is a blank ${where} ${delimiter}`;
    return { offset: nearly.start + nearly.line.indexOf(delimiter), message, hint };
  }
  const opened = [...text.matchAll(/<<-?[ \t]*["'\\]?([^\s"'<>|&;]+)/g)].findLast(
    ([, word]) => word === delimiter,
  );
  const near = closestWord(
    delimiter,
    lines.slice(1).map(({ line }) => line.trim()),
  );
  const message = `the here-document is not ended: no line is ${delimiter}`;
  return {
    offset: opened?.index ?? 0,
    message,
    hint: near === undefined ? hint : `${hint}; one says ${near}`,
  };
}

const read = (scripts: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(
      "bash",
      ["--norc", "-c", reader, "bash", ...scripts],
      { maxBuffer: 2 ** 24 },
      (error, stdout) => {
        // The last script's exit code is bash's own; only a missing bash has a code in words.
        if (error && typeof error.code === "string") {
          const hint = "install bash: it reads the guide's commands, and runs none of them";
          reject(new InfrastructureError("bash cannot be started", { cause: error, hint }));
        } else resolve(stdout);
      },
    );
  });
