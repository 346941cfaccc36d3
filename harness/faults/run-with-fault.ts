import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { afterAll, beforeAll, vi } from "vitest";
import { z } from "zod";
import { exitCodes, toHarnessError, type Verdict } from "../errors.ts";
import { htmlReport } from "../report/html/page.ts";
import { journal, runJson } from "../report/files.ts";
import { junit } from "../report/junit/junit.ts";
import { standsForAll } from "../report/tally.ts";
import { trace } from "../report/trace/trace.ts";
import type { RunRecord } from "../record/record.ts";
import { exitCodeOf } from "../run/workflow.ts";
import { testContext } from "../testing.ts";
import { NotYet, waitFor } from "../waits/wait.ts";
import { milestones, plannedSteps, plannedTests } from "./scenario.ts";
import { FaultTestbed } from "./world.ts";

/** For a file of tests: clusters' states, and the `cache` if told, go to a folder of its own. */
export function useStateFolder({ cache = false } = {}): void {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "faults-state-"));
    vi.stubEnv("XDG_STATE_HOME", folder);
    if (cache) vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
}

/** What a fault may keep from being as it is otherwise. */
export type Exemptions = {
  /** Machines, for they are what could not be removed. */
  readonly machines?: boolean;
  /** Reports, for they are what could not be written, or it was too late. */
  readonly reports?: boolean;
};

/** How a run under a fault ended; `problems` is what is so in no case, and for a wrong verdict why it was given. */
export type FaultedRun = { readonly verdict: Verdict; readonly problems: readonly string[] };

/** Makes a run into which `hit` has put a fault, and looks at what must be so in any case. */
export async function runWithFault(
  hit: (world: FaultTestbed) => unknown,
  { machines = false, reports = false }: Exemptions = {},
): Promise<FaultedRun> {
  await using world = await FaultTestbed.make();
  const folder = join(world.folder, "reports");
  world.reporters.push(journal(folder), runJson(), junit(), trace(), htmlReport());
  await hit(world);
  const record = await world.run();
  const left = await leftOf(world);
  return {
    verdict: record.verdict,
    problems: [
      ...left.filter((what) => !machines || what !== "machines").map((what) => `left: ${what}`),
      ...(exitCodeOf(record) === exitCodes[record.verdict] ? [] : ["the exit code is another one"]),
      ...entriesMissing(record),
      ...(reports ? [] : await unreadable(join(folder, record.id), record)),
    ],
  };
}

async function leftOf(world: FaultTestbed): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const look = async (): Promise<readonly string[]> => {
    left = await world.left();
    if (left.some((what) => what !== "machines")) throw new NotYet(left.join());
    return left;
  };
  const { signal } = testContext();
  return waitFor(look, { deadline: 20_000, interval: 20, signal, late: () => new Error() }).catch(() => left);
}

/**
 * Each planned step and test has its entry, as soon as it is known what is planned, and of a run that a signal ended at least each
 * milestone; what did not run says why.
 */
function entriesMissing({ plan, steps, tests, verdict }: RunRecord): string[] {
  const entries = [...steps, ...tests];
  const silent = entries.filter(({ outcome, skipped }) => outcome === "skipped" && skipped === undefined);
  const told = new Set(steps.map(({ key }) => key)).size;
  return [
    ...(plan && told !== plannedSteps ? [`${told} of ${plannedSteps} steps have an entry`] : []),
    ...(plan && verdict !== "interrupted" && tests.length !== plannedTests
      ? [`${tests.length} of ${plannedTests} tests have an entry`]
      : []),
    ...(plan && new Set(tests.map(({ milestone }) => milestone)).size !== milestones.length
      ? ["a milestone has no entry"]
      : []),
    ...(silent.length > 0 ? ["what was skipped does not say why"] : []),
  ];
}

const verdictIn = z.looseObject({ verdict: z.string() });
const suitesIn = z.looseObject({ testsuites: z.record(z.string(), z.unknown()) });

/** What of the run's files cannot be read, or says something else than the record. */
async function unreadable(folder: string, record: RunRecord): Promise<string[]> {
  const text = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  try {
    const { verdict } = verdictIn.parse(JSON.parse(await text("run.json")));
    const last = (await text("journal.jsonl")).trimEnd().split("\n").at(-1) ?? "";
    const { verdict: journaled } = verdictIn.parse(JSON.parse(last));
    const names = (await readdir(folder)).filter((name) => name.endsWith(".xml"));
    const files = (await Promise.all(names.map(text))).map((xml) =>
      suitesIn.parse(new XMLParser({ ignoreAttributes: false }).parse(xml)),
    );
    const sum = (name: string): number =>
      files.reduce((all, { testsuites }) => all + Number(testsuites[`@_${name}`] ?? 0), 0);
    const red = sum("failures") + sum("errors") > 0;
    const tests = record.tests.filter((test) => !standsForAll(test)).length;
    const cases = record.steps.length + tests + (names.includes("run.xml") ? 1 : 0);
    return [
      ...(verdict === record.verdict ? [] : [`run.json says ${verdict}`]),
      ...(journaled === record.verdict ? [] : [`the journal says ${journaled}`]),
      ...((await text("report.html")).includes("</html>") ? [] : ["report.html is cut off"]),
      ...(red === (record.verdict !== "passed") ? [] : ["JUnit has another colour"]),
      ...(sum("tests") === cases ? [] : [`JUnit has ${sum("tests")} of ${cases} cases`]),
    ];
  } catch (error) {
    return [`a report cannot be read: ${toHarnessError(error).message}`];
  }
}
