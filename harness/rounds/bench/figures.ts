import { HarnessDefect } from "../../errors.ts";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import type { RunRecord } from "../../record/record.ts";
import { trialScoreSchema } from "../../record/trial-score.ts";
import { milestonesOf } from "../../run/suites/groups.ts";
import type { Settings } from "../../settings/settings.ts";
import { withEdit } from "../edit.ts";
import { optionsOf, runProgram } from "../pool/children.ts";
import { type Figures, greenRecordOf, timed } from "./runs.ts";
import { median } from "./statistics.ts";

/** Figures of one end-to-end run, from its record; seconds, bytes, or a share of one. */
export function e2eFigures({ spans, steps, tests, durationMs, resources }: RunRecord) {
  const lasted = (name: string): number =>
    spans.filter((span) => span.name === name).reduce((sum, span) => sum + span.durationMs, 0);
  const slowest = [...Map.groupBy(steps, ({ id }) => id).values()].map((own) =>
    Math.max(...own.map((step) => step.durationMs)),
  );
  const guest = slowest.reduce((sum, ms) => sum + ms, 0);
  const total = endOf(tests);
  const suites = lasted("vitest");
  return {
    /** From the run's start, no machines there, to the end of the last milestone test. */
    seconds: total / 1000,
    /** To the end of it all, reports and machines removed. */
    wholeSeconds: durationMs / 1000,
    upSeconds: lasted("up") / 1000,
    applySeconds: lasted("apply") / 1000,
    suitesSeconds: suites / 1000,
    /** For each block, the time of its slowest machine; what the guide itself takes. */
    guestSeconds: guest / 1000,
    /** Time in which neither a machine, nor a command of the guide, nor a suite was at work, as a share of `seconds`. */
    harnessShare: Math.max(0, total - lasted("up") - guest - suites) / total,
    harnessPeakBytes: resources.harnessPeakBytes,
    machineBytes: Object.values(resources.machineBytes).reduce((sum, bytes) => sum + bytes, 0),
  };
}

const endOf = (tests: RunRecord["tests"]): number =>
  Math.max(...tests.map(({ startMs, durationMs }) => startMs + durationMs));

/** Changes of one line that leave the guide good, by the figure they are measured for. */
const changes: Readonly<Record<string, readonly [step: string, find: string, replace: string]>> = {
  section4: ["4.1/register-network", '{ "Network"', '{"Network"'],
  section4Start: ["4.2.5/start-network", "systemctl daemon-reload", "systemctl --no-pager daemon-reload"],
  section3: ["3.2.6/kubelet-settings", "--v=4", "--v=3"],
  section2: ["2.4.3/etcd-unit", "Description=", "Description=The "],
  firstStep: ["2.1/fetch-archives", "wget https://github.com/etcd-io", "wget  https://github.com/etcd-io"],
};

/**
 * Tries changes of the guide, all or those `names`. Seconds, from the command's start to the last word of the network suites for
 * a change in section 4, and to the end of it all for every change.
 */
export async function tryFigures(
  settings: Settings,
  signal: AbortSignal,
  names: readonly string[] = Object.keys(changes),
): Promise<Figures> {
  const figures: Record<string, number> = {};
  const network = milestonesOf(["network"], loadProfile(ownGuide));
  const program = ["harness/cli/cli.ts", "guide", "try"];
  for (const name of names) {
    const [step, find, replace] = changes[name] ?? [];
    const change = { reason: "Measures how long a change is tried.", step, find, replace };
    await withEdit(settings, name, change, async (changed) => {
      const { seconds, value } = await timed(() =>
        greenRecordOf(program, [settings.guide, ...optionsOf(changed)], signal),
      );
      figures[`${name}Seconds`] = seconds;
      if (!name.startsWith("section4")) return;
      const said = endOf(value.tests.filter(({ milestone }) => network.includes(milestone)));
      figures[`${name}NetworkSeconds`] = seconds - (value.durationMs - said) / 1000;
    });
  }
  return figures;
}

const trivial = Array.from({ length: 200 }, (_, index) => `trivial-${index + 1}`);

/** Gives `work` the settings with an edit of the guide that ends it with many steps that do nothing. */
export function withTrivialSteps<T>(settings: Settings, work: (changed: Settings) => Promise<T>): Promise<T> {
  const fences = trivial.map((name) => `\`\`\`bash run id=${name} on=master\ntrue\n\`\`\`\n`);
  const change = {
    reason: "Measures what a step costs beside its commands.",
    after: "4.2.6/show-nodes",
    insert: fences.join("\n"),
  };
  return withEdit(settings, "trivial-steps", change, work);
}

/** What a trivial step costs in all: the apply's time, journal and state included, shared by its steps. */
export async function stepFigures(settings: Settings, signal: AbortSignal): Promise<Figures> {
  const args = ["--from", `4.2.6/${trivial[0]}`, ...optionsOf(settings)];
  const { spans, steps } = await greenRecordOf("apply", args, signal);
  const apply = spans.find(({ name }) => name === "apply")?.durationMs ?? Number.NaN;
  return { stepMs: apply / steps.length, stepMedianMs: median(steps.map(({ durationMs }) => durationMs)) };
}

export async function suiteFigures(settings: Settings, signal: AbortSignal): Promise<Figures> {
  const { seconds, value } = await timed(() =>
    greenRecordOf("suite", ["network", ...optionsOf(settings)], signal),
  );
  return {
    networkSeconds: seconds,
    vitestSeconds: (value.spans.find(({ name }) => name === "vitest")?.durationMs ?? 0) / 1000,
    harnessPeakBytes: value.resources.harnessPeakBytes,
  };
}

export async function checkFigures({ guide }: Settings, signal: AbortSignal): Promise<Figures> {
  const { seconds, value } = await timed(() =>
    runProgram(["harness/cli/cli.ts", "guide", "check", "--json", "--guide", guide], signal),
  );
  if (value.exitCode === 0) return { checkSeconds: seconds };
  throw new HarnessDefect("The guide is not sound, so there is nothing to measure", {
    outputTail: value.outputTail,
  });
}

export async function mutantsFigures(settings: Settings, signal: AbortSignal): Promise<Figures> {
  const { seconds, value } = await timed(() =>
    runProgram(["harness/cli/cli.ts", "mutants", "--json", ...optionsOf(settings)], signal),
  );
  const { data: score } = trialScoreSchema.safeParse(value.printed);
  if (value.exitCode === 0 && score && score.killed === score.of) return { mutantsMinutes: seconds / 60 };
  throw new HarnessDefect("Not every mutant was killed, so there is nothing to measure", {
    outputTail: value.outputTail,
  });
}
