import {
  ArtifactError,
  GuideFailure,
  type HarnessError,
  InfrastructureError,
  NotPossibleHere,
} from "../../../errors.ts";
import { fatalLine, inShort, isTelling } from "../../../blame/units/last-words.ts";
import { unitsIn } from "../../../guide/effects/effects.ts";
import type { Step } from "../../../guide/types.ts";
import { visible } from "../../../input/odd-characters.ts";
import { tailOf } from "../../../host/exec.ts";
import { limitationShown, programMissed } from "../../../machines/limitations.ts";
import type { Capability, Limitation } from "../../../machines/machine.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { sh } from "../../../machines/ssh/sh.ts";
import { ask } from "../../../machines/ssh/succeed.ts";
import { screen, unitJournal } from "../../evidence/diagnose.ts";
import { typedText } from "../../evidence/typed-text.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import type { ApplyOptions, Terminal } from "../apply.ts";
import { type Ended, keptOutput } from "./script.ts";

/** What a script that failed is: the guide's failure, unless these machines or the artifact set could not do what it asks. */
export async function scriptFailure(
  step: Step,
  script: string,
  { late, exitCode, cutShort, failedCommand, stdout, stderr, download, unanswered, durationMs }: Ended,
  { connection }: Terminal,
  { limitations }: Pick<ApplyOptions, "limitations">,
): Promise<HarnessError> {
  const own = step.effects.filter(({ machine }) => machine === connection.machine);
  const journal = await unitJournal(connection, unitsIn(own));
  const what = late ?? `ended with exit code ${exitCode}`;
  const output = [stdout, stderr].filter(Boolean).join("\n");
  const details = {
    ...where(step),
    command: typedText(script),
    ...(failedCommand !== undefined && { failedCommand: typedText(failedCommand) }),
    exitCode,
    ...(late !== undefined && { late: durationMs }),
    outputTail: tailOf(processRedactor.text(output.slice(-keptOutput)), screen),
    ...(journal !== undefined && { unitJournal: journal }),
  };
  const missed = limitations.filter(
    ({ capability }) => !doesWithout(step, capability, failedCommand !== undefined),
  );
  const limit =
    late === undefined
      ? (limitationShown(output, missed) ??
        (await programLacked({ exitCode, output }, limitations, connection)))
      : undefined;
  if (limit?.capability === "packages") {
    const packages = [...output.matchAll(/^No package (\S+) available\.$/gm)].map(([, name]) => name);
    const isUnknown = packages.length > 0;
    const said = isUnknown
      ? `there is no package ${packages.join(", ")}: ${limit.reason}`
      : "yum cannot use the packages that the project has brought";
    const hint = isUnknown
      ? "See whether the name and version are right; docs/artifacts.md, Packages for yum, says what there is."
      : "They lack something, or do not fit together; docs/artifacts.md, Packages for yum, says how they are made.";
    return new ArtifactError(`${step.key}: ${said}`, { ...details, hint });
  }
  if (cutShort) {
    return new GuideFailure(`${step.key}: it ended its own shell, and what comes after that was not run`, {
      ...details,
      hint: "Leave out `exit` or `exec`, or make it the last command: it ends the shell at which the reader sits.",
    });
  }
  if (limit) return new NotPossibleHere(`${step.key}: ${what}: ${limit.reason}`, details);
  if (unanswered) {
    const waited = late === undefined ? "" : ` (${late})`;
    return new GuideFailure(`${step.key}: ${typedText(unanswered.said)}${waited}`, {
      ...details,
      hint: typedText(unanswered.hint),
    });
  }
  if (!download) {
    const why =
      brokenPipe(exitCode) ||
      withoutMatch(failedCommand ?? script, exitCode, output) ||
      lastWord(details.outputTail);
    return new GuideFailure(`${step.key}: ${what}${why}`, details);
  }
  const { fault, said, hint } = download;
  const Failure = fault === "network" ? InfrastructureError : GuideFailure;
  return new Failure(`${step.key}: ${what}: ${said}`, { ...details, hint });
}

async function programLacked(
  ended: Parameters<typeof programMissed>[0],
  limitations: readonly Limitation[],
  connection: Connection,
): Promise<Limitation | undefined> {
  const { program, limitation } = programMissed(ended, limitations) ?? {};
  if (program === undefined) return undefined;
  const everywhere = sh`PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  const found = (await ask(connection, sh`${everywhere} command -v ${program}`)).trim();
  return found === "" ? limitation : undefined;
}

/** What no later command builds upon. */
const aside: ReadonlySet<Capability> = new Set([
  "selinux",
  "firewalld",
  "centos",
  "clock",
  "log",
  "terminal",
]);

/** Whether a step goes on without something, by its own text; `isKnown` says whether it is known which of its commands failed. */
function doesWithout({ asks = [], effects }: Step, capability: Capability, isKnown: boolean): boolean {
  const own = asks.filter((one) => one.capability === capability);
  if (capability === "internet") {
    if (own.length === 0) return !effects.some(({ does }) => does === "unknown");
    return isKnown && own.every(({ optional }) => optional);
  }
  // One that ends itself may do so because of it.
  const ends = effects.some(({ does }) => does === "alters");
  return aside.has(capability) && own.length > 0 && own.every(({ optional }) => optional) && !ends;
}

function lastWord(output: string): string {
  const said = fatalLine(output);
  return said !== undefined && isTelling(said) ? `: ${visible(inShort(said))}` : "";
}

/** What writes into a pipe whose reader has read enough is ended by SIGPIPE (signal 13). */
const brokenPipe = (exitCode: number): string =>
  exitCode === 128 + 13
    ? ": a command wrote into a pipe that the next one read no further, which fails here (`set -o pipefail`), though a reader does not see it; read all of it, as by `sed -n 1p`, or let the first command print less"
    : "";

/** What looks for something ends a block in silence where it finds nothing. */
function withoutMatch(script: string, exitCode: number, output: string): string {
  const [, command] = /(?:^|[\s|;&({])([efz]?grep|pgrep)\s/m.exec(script) ?? [];
  if (command === undefined || exitCode !== 1 || output.trim() !== "") return "";
  return ` and gave no reason: ${command} ends like this if it finds nothing; \`|| true\` after it lets the block go on`;
}

/** Where a step is, for an error. */
export const where = (step: Step): { machine: string; step: string; location: Step["location"] } => ({
  machine: step.machine,
  step: step.key,
  location: step.location,
});
