import { execFile } from "node:child_process";
import { parse } from "unbash";
import { closestWord } from "../../../input/suggest.ts";
import { InfrastructureError } from "../../../errors.ts";
import type { Plan } from "../../types.ts";
import { type Fault, firstSteps, linesIn, textOf } from "../finding.ts";

/** Hands each argument to a `bash -n` of its own, which reads and runs nothing, and prints what that says. */
const reader = String.raw`for script; do
  LC_ALL=C bash -n /dev/stdin <<<"$script" 2>&1
  printf '\0'
done`;

/** What bash says to the syntax of each command block and shell script. InfrastructureError without bash. */
export async function shellSyntax(plan: Plan): Promise<Fault[]> {
  const steps = firstSteps(plan).filter(
    ({ action }) => action.kind === "run" || /^#!.*sh\b/.test(action.content),
  );
  const scripts = steps.map(textOf);
  const answers = (await read(scripts)).split("\0");
  return steps.flatMap((step, index): Fault[] => {
    const [, line, message] = /^\S+: line (\d+): (.*)$/m.exec(answers[index] ?? "") ?? [];
    if (line === undefined || message === undefined) return [];
    const text = scripts[index] ?? "";
    const lines = linesIn(text);
    const [, delimiter] = /delimited by end-of-file \(wanted `(.*)'\)$/.exec(message) ?? [];
    // A line that would end it, were it not for its blanks.
    const nearly = lines.find((each) => each.line.trim() === delimiter);
    if (nearly && delimiter !== undefined) {
      const told = `the here-document is not ended: there is a blank after ${delimiter}`;
      const hint = `a line that ends it has ${delimiter} and nothing else`;
      const offset = nearly.start + nearly.line.indexOf(delimiter);
      return [{ rule: "shell/syntax", at: { step, offset }, message: told, hint }];
    }
    if (delimiter !== undefined) {
      const opened = text.search(new RegExp(`<<-?\\s*(["'\\\\]?)${RegExp.escape(delimiter)}\\1`));
      const near = closestWord(
        delimiter,
        lines.slice(1).map(({ line: each }) => each.trim()),
      );
      const hint = `end it with a line that has ${delimiter} and nothing else${near === undefined ? "" : `; one says ${near}`}`;
      const message = `the here-document is not ended: no line is ${delimiter}`;
      return [{ rule: "shell/syntax", at: { step, offset: Math.max(opened, 0) }, message, hint }];
    }
    // bash knows the line at most; where an open quote begins, the parser knows better.
    const offset = parse(text).errors?.[0]?.pos ?? lines[Number(line) - 1]?.start ?? text.length;
    return [{ rule: "shell/syntax", at: { step, offset }, message, hint: "bash -n says so; it was not run" }];
  });
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
