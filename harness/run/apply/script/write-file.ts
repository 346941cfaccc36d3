import { GuideFailure } from "../../../errors.ts";
import type { Step } from "../../../guide/types.ts";
import { shellQuote } from "../../../machines/ssh/quote.ts";
import { sh } from "../../../machines/ssh/sh.ts";
import { unanswered } from "../../../machines/ssh/succeed.ts";
import type { Terminal } from "../apply.ts";
import { where } from "./script-failure.ts";

const usualMode = 0o644;

/** Writes the file as an editor would. GuideFailure if what the guide has made is in the way. */
export async function writeStep(
  step: Step,
  { path, append, content, mode }: Extract<Step["action"], { kind: "file" }>,
  { connection, shell }: Terminal,
): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  const [itself, around] = [shellQuote(path), shellQuote(folder)];
  const looked = await shell.run(
    sh`if test -d ${itself}; then echo folder
elif ! test -d ${around}; then echo missing
elif ! test -w ${around} && test "$(id -u)" != 0; then echo closed
else
  echo "at $(readlink -f ${itself})"
  test -e ${itself} || echo new
  stat -L -c 'as %a %u:%g' ${itself} 2>/dev/null || :
fi`,
    { limit: "question" },
  );
  if (looked.timedOut) throw unanswered(step.machine, where(step));
  const obstacle = new Map([
    ["folder", { what: "it is a folder", hint: "See which step has made it." }],
    ["missing", { what: `there is no folder ${folder}`, hint: `An earlier step must make ${folder}.` }],
    ["closed", { what: `nobody but root may write in ${folder}`, hint: "Write it with sudo, or as root." }],
  ]).get(looked.stdout.trim());
  if (obstacle) {
    const { what, hint } = obstacle;
    throw new GuideFailure(`${step.key}: cannot write ${path}: ${what}`, {
      ...where(step),
      exitCode: 1,
      hint,
    });
  }
  // An editor writes through a link, and leaves a file that is there its mode and its owner.
  const [, target = path] = /^at (.+)$/m.exec(looked.stdout) ?? [];
  const [, digits, owner] = /^as (\d+) (\S+)$/m.exec(looked.stdout) ?? [];
  // What an editor adds stands on lines of its own, also in a file that is new.
  const isNew = /^new$/m.test(looked.stdout);
  const there = append && !isNew ? await connection.readFile(path) : Buffer.alloc(0);
  const before =
    there.length === 0 || there.at(-1) === 10 ? there : Buffer.concat([there, Buffer.from("\n")]);
  const kept = digits !== undefined && mode === usualMode ? Number.parseInt(digits, 8) : mode;
  await connection.writeFile(target, Buffer.concat([before, Buffer.from(`${content}\n`)]), {
    mode: kept,
    ...(owner !== undefined && { owner }),
  });
}
