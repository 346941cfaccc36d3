import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { HarnessDefect, Interrupted, UsageError } from "../errors.ts";
import type { MachineSpec } from "../machines/machine.ts";
import { projectRoot } from "../paths.ts";
import { tail } from "./diagnose.ts";
import type { TestRecord } from "./record.ts";
import type { Recorder } from "./recorder.ts";
import type { Redactor } from "./redact.ts";

const suitesFolder = join(projectRoot, "suites");
const pollInterval = 200;

/** Group names and the milestone folders each stands for. */
export async function suiteGroups(): Promise<Readonly<Record<string, readonly string[]>>> {
  const text = await readFile(join(suitesFolder, "groups.json"), "utf8");
  return z.record(z.string(), z.array(z.string())).parse(JSON.parse(text));
}

/** Milestone folders of the groups, without doubles; UsageError for an unknown name. */
export async function milestonesOf(names: readonly string[]): Promise<string[]> {
  const groups = await suiteGroups();
  const folders = names.flatMap((name) => {
    const own = Object.hasOwn(groups, name) ? groups[name] : undefined;
    if (own) return own;
    throw new UsageError(`There is no suite ${name}`, {
      hint: `Suites and groups: ${Object.keys(groups).join(", ")}.`,
    });
  });
  return [...new Set(folders)];
}

/**
 * Runs the suites of some milestones against a cluster, in a vitest of their own, and records each test as it ends.
 * Throws only if vitest itself breaks: failed tests are the records' business.
 */
export async function runSuites(options: {
  readonly cluster: string;
  readonly machines: readonly MachineSpec[];
  readonly milestones: readonly string[];
  /** Those of them that are run before the others, in this order. */
  readonly first: readonly string[];
  readonly keep: boolean;
  /** What must be done before the first test; vitest loads the suites meanwhile. */
  readonly before?: () => Promise<void>;
  readonly patience: number;
  readonly recorder: Recorder;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { recorder, redactor, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "guide-suites-"));
  const events = join(folder, "events.jsonl");
  const seen = { count: 0 };
  const publish = async (): Promise<void> => {
    const text = await readFile(events, "utf8").catch(() => "");
    const lines = text.split("\n").slice(0, -1);
    for (const line of lines.slice(seen.count)) recorder.testEnded(asRecord(line, recorder, redactor));
    seen.count = lines.length;
  };
  const gate = join(folder, "gate");
  const vitest = execa(
    process.execPath,
    [
      join(projectRoot, "node_modules/vitest/vitest.mjs"),
      "run",
      "--config",
      join(suitesFolder, "vitest.config.ts"),
      ...options.milestones.map((milestone) => `suites/${milestone}/`),
    ],
    {
      cwd: projectRoot,
      env: {
        GUIDE_CLUSTER: options.cluster,
        GUIDE_SUITE_EVENTS: events,
        GUIDE_MACHINES: JSON.stringify(options.machines),
        GUIDE_PATIENCE: String(options.patience),
        GUIDE_FIRST: options.first.join(),
        GUIDE_GATE: gate,
        ...(options.keep && { GUIDE_KEEP: "1" }),
      },
      cancelSignal: signal,
      reject: false,
      all: true,
    },
  );
  let timer: NodeJS.Timeout | undefined;
  try {
    await options.before?.();
    timer = setInterval(() => void publish(), pollInterval);
    await writeFile(gate, "");
    const result = await recorder.spanOn("suites", "vitest", async () => vitest);
    clearInterval(timer);
    await publish();
    if (result.isCanceled) throw new Interrupted("The suites were interrupted");
    if (seen.count === 0 || ![0, 1].includes(result.exitCode ?? -1)) {
      throw new HarnessDefect("The suites did not run", {
        ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
        outputTail: tail(redactor.text(result.all)),
      });
    }
  } finally {
    clearInterval(timer);
    // Without a gate there is nothing for it to do.
    vitest.kill();
    await vitest;
    await rm(folder, { recursive: true, force: true });
  }
}

/** A line of the suites' reporter, redacted; its start is in epoch milliseconds and becomes relative to the run. */
export function asRecord(
  line: string,
  recorder: Pick<Recorder, "startedAt">,
  redactor: Redactor,
): TestRecord {
  const test: TestRecord = redactor.value(JSON.parse(line));
  return { ...test, startMs: test.startMs - recorder.startedAt.getTime() };
}
