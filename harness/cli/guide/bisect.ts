import chalk from "chalk";
import type { Command } from "commander";
import { exitCodes, gravestExitCode, UsageError } from "../../errors.ts";
import { type GuideCommit, guideCommits } from "../../guide/edit/compare/revision.ts";
import { interruptions } from "../../interruptions.ts";
import { timed } from "../../progress.ts";
import { count, place } from "../../report/text.ts";
import type { Settings } from "../../settings/settings.ts";
import { loadProfile } from "../../profile/profile.ts";
import { milestonesOf } from "../../run/suites/groups.ts";
import {
  command,
  type GivenOptions,
  print,
  settingsAsGiven,
  settingsOfRound,
  withOwnCluster,
  withSettings,
} from "../command/command.ts";
import { noted } from "../command/note.ts";
import { Judge, type Judgement } from "../../rounds/bisect/judge.ts";
import type { Reading } from "../../rounds/kind.ts";
import { describeRed, errorAfter } from "../../rounds/red.ts";
import { lineOf } from "../../rounds/round.ts";
import { type CommitState, nextToJudge } from "../../rounds/bisect/search.ts";

type Options = GivenOptions & {
  readonly good: string;
  readonly bad: string;
  readonly milestone: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
};

type Bisection = Awaited<ReturnType<typeof bisect>>;

/** `guide bisect`: which commit of the guide broke a milestone. Exit 0 if it is found. */
export function guideBisectCommand(): Command {
  const made = withSettings(command("bisect", "find the commit of the guide that broke a milestone"))
    .requiredOption("--good <revision>", "a commit whose guide passes")
    .requiredOption("--bad <revision>", "a later one, whose guide does not")
    .option("--milestone <name>", "the suite or group that tells good from bad", "all")
    .option("--fresh", "start from nothing; neither use checkpoints nor save any")
    .addHelpText(
      "after",
      `
A commit is bad if a step fails or the milestone is red. One whose guide cannot be read, or whose run failed
otherwise, is left out; then the exit code is that of its reason, and all suspects are named.`,
    )
    .action(async (options: Options) => {
      const { guide } = await settingsAsGiven(options);
      milestonesOf([options.milestone], loadProfile(guide));
      const commits = await guideCommits(guide, options.good, options.bad);
      const settings = await settingsOfRound(options);
      using interruption = interruptions("The machines of the run are removed.");
      const bisection = await bisect(options, commits, settings, interruption.signal);
      print(options.json, bisection, () => screen(bisection));
      const unclear = bisection.judgements.filter(({ commit, message }) =>
        bisection.suspects.some(({ hash }) => hash === commit && message !== undefined),
      );
      const codes = unclear.map(({ verdict }) => exitCodes[verdict]);
      process.exitCode = bisection.first ? 0 : gravestExitCode(codes) || exitCodes.harness;
    });
  return withOwnCluster(made);
}

async function bisect(
  { good, bad, milestone, fresh = false }: Options,
  commits: readonly GuideCommit[],
  settings: Settings,
  signal: AbortSignal,
) {
  const started = performance.now();
  const [last] = commits.slice(-1);
  say(
    `${count(commits.length, "commit")} of the guide after ${good} up to ${bad}: at most ${count(mostRuns(commits.length), "run")}`,
  );
  const judge = new Judge(settings, { suites: [milestone], fresh, signal });
  const judgements: Judgement[] = [];
  const judged = async (commit: GuideCommit | undefined, name: string, save: boolean): Promise<Judgement> => {
    const most = Math.max(mostRuns(commits.length), judge.runs + 1);
    const run = { name: `run ${judge.runs + 1} of at most ${most}: ${commit?.hash.slice(0, 12) ?? name}` };
    const judgement = await timed(run, noted, () => judge.of(commit?.hash ?? name, { save }));
    judgements.push(judgement);
    say(lineOf(readingOf(judgement, commit?.subject ?? `--good ${name}`)));
    return judgement;
  };
  // Their states serve those between them, which begin as one of them does.
  const before = await judged(undefined, good, true);
  demand(before, good, "good");
  const after = await judged(last, bad, true);
  demand(after, bad, "bad");
  // What cannot be read is what is looked for only where the bad revision cannot be read.
  const isBad = ({ verdict }: Judgement): boolean => verdict === "guide" || verdict === after.verdict;
  const known = new Map<number, CommitState>([[commits.length - 1, "bad"]]);
  const byIndex = new Map([
    [-1, before],
    [commits.length - 1, after],
  ]);
  for (;;) {
    const next = nextToJudge(commits.length, known);
    if ("suspects" in next) {
      const suspects = next.suspects.flatMap((index) => commits[index] ?? []);
      const [lastGood, firstBad] = [byIndex.get(next.good), byIndex.get(next.suspects.at(-1) ?? -1)];
      const [first, ...more] = suspects;
      return {
        // Absent if some could not be judged, so that it is one of the suspects.
        ...(first && more.length === 0 && { first }),
        suspects,
        /** What the steps of the first bad commit have that those of the last good one have not, or otherwise. */
        steps: await judge.changed(lastGood?.commit ?? "", firstBad?.commit ?? ""),
        red: firstBad?.red ?? [],
        commits: commits.length,
        judgements,
        runs: judge.runs,
        seconds: (performance.now() - started) / 1000,
      };
    }
    const judgement = await judged(commits[next.judge], "", false);
    byIndex.set(next.judge, judgement);
    known.set(next.judge, judgement.verdict === "passed" ? "good" : isBad(judgement) ? "bad" : "skipped");
  }
}

const mostRuns = (commits: number): number => 2 + Math.ceil(Math.log2(commits));

/** Throws if the one end of the search is not what a person says. */
function demand({ verdict, red, message = "" }: Judgement, name: string, said: "good" | "bad"): void {
  if (verdict === "passed" && said === "good") return;
  if ((verdict === "guide" || verdict === "usage") && said === "bad") return;
  if (verdict === "passed") {
    throw new UsageError(`${name} is not bad: every step and every test passed`, {
      hint: "Suites and harness are those of this checkout. Was it another milestone, or other binaries?",
    });
  }
  if (verdict === "guide" || verdict === "usage") {
    throw new UsageError(`${name} is not good`, {
      outputTail: [...red.map(describeRed), message].filter(Boolean).join("\n"),
      hint: "Name an older commit with --good, or the --milestone that was green then.",
    });
  }
  throw errorAfter(verdict, `${name} could not be judged (${verdict}): ${message}`, {
    hint: "Correct this first; `pnpm e2e` shows it by itself.",
  });
}

const say = (text: string): void => noted.note(text);

const words: Partial<Record<Judgement["verdict"], readonly [type: string, Reading["outcome"]]>> = {
  passed: ["good", "passed"],
  guide: ["bad", "failed"],
  usage: ["unreadable", "skipped"],
};

function readingOf({ commit, verdict, red, message, sameAs, seconds }: Judgement, subject: string): Reading {
  const [type, outcome] = words[verdict] ?? [verdict, "error"];
  const why = [...red.map(({ what }) => what), message].filter(Boolean).join(", ");
  const same = sameAs === undefined ? "" : `as ${sameAs.slice(0, 12)}: `;
  return {
    className: "guide.commit",
    name: commit.slice(0, 12),
    seconds,
    outcome,
    type,
    detail: `${same}${subject}${why === "" ? "" : ` (${why})`}`,
    exitCode: exitCodes[verdict],
  };
}

const nameOf = ({ hash, date, subject }: GuideCommit): string => `${hash}  ${date}  ${subject}`;

function screen({ first, suspects, steps, red, commits, judgements, runs, seconds }: Bisection) {
  const alike = judgements.filter(({ sameAs }) => sameAs !== undefined).length;
  return [
    ...(first
      ? [`${chalk.bold("first bad")}  ${nameOf(first)}`]
      : ["It is one of these; those before the last could not be judged:", ...suspects.map(nameOf)]),
    ...steps.flatMap(({ id, kind, location, lines }) => [
      `${kind.padEnd(9)}  ${id}  ${place(location)}`,
      ...lines.map((text) => `           ${text}`),
    ]),
    ...red.map((one) => `red        ${describeRed(one)}`),
    `took       ${count(runs, "run")} for ${count(commits, "commit")} in ${seconds.toFixed(0)} s${alike > 0 ? `; ${alike} had the steps of another` : ""}`,
    first && `next       git show ${first.hash.slice(0, 12)}`,
  ];
}
