import { UsageError } from "../../errors.ts";
import { closestLine } from "../../input/suggest.ts";
import { isRed } from "../../record/outcome.ts";
import type { Profile } from "../../profile/profile.ts";
import type { RunRecord, Selection } from "../../record/record.ts";
import { settingsSchema } from "../../settings/schema.ts";
import type { Settings } from "../../settings/settings.ts";
import { type ClusterState, optionFor } from "../cluster/state.ts";
import { readRecord, runsIn } from "../evidence/runs.ts";
import { guideChanges } from "../request/inputs.ts";
import { isApart } from "./groups.ts";

/** A test by its name within a milestone. */
export type TestName = { readonly milestone: string; readonly name: string };

/** Some tests of the milestones that were asked for, and the others, which are left out. */
export type ChosenTests = Pick<Selection, "by" | "run"> & {
  readonly tests: readonly TestName[];
  readonly leftOut: readonly TestName[];
};

const isSame =
  (one: TestName) =>
  (other: TestName): boolean =>
    one.milestone === other.milestone && one.name === other.name;

/** Those of `all` tests that are wanted, and why. */
export const chosen = (
  all: readonly TestName[],
  isWanted: (test: TestName) => boolean,
  about: Pick<Selection, "by" | "run">,
): ChosenTests => {
  const of = Map.groupBy(all, isWanted);
  return { ...about, tests: of.get(true) ?? [], leftOut: of.get(false) ?? [] };
};

/** The group of a test as its name says it; the empty text without one. */
const groupOf = ({ name }: TestName): string => name.slice(0, Math.max(0, name.lastIndexOf(" > ")));

/** The group whose tests say what was measured while all of the other tests of their milestone ran. */
export const measuring = "does not grow:";

/**
 * The same, and for each test that is wanted of a milestone that stands apart the first one of its group: that makes the boot
 * or the fault which the others look at. A test that says what was measured brings all that it was measured under.
 */
export function withFirstOfGroups(
  all: readonly TestName[],
  isWanted: (test: TestName) => boolean,
  profile: Pick<Profile, "milestones">,
): (test: TestName) => boolean {
  const grouped = all.filter((test) => isApart([test.milestone], profile) && groupOf(test) !== "");
  const groups = Map.groupBy(grouped, (test) => `${test.milestone} ${groupOf(test)}`);
  const needed = [...groups.values()]
    .filter((group) => group.some(isWanted))
    .flatMap((group) => {
      const [first] = group;
      if (!first || groupOf(first) !== measuring) return first ?? [];
      return grouped.filter((test) => test.milestone === first.milestone && groupOf(test) !== measuring);
    });
  const brought = new Set(needed);
  return (test) => isWanted(test) || brought.has(test);
}

/** Whether a test's name has a text in it, however that is written. */
export const nameHas =
  (text: string) =>
  (name: string): boolean =>
    name.toLowerCase().includes(text.toLowerCase());

/** Whether a test's name has a text in it. UsageError if no test's has. */
export function hasText(all: readonly TestName[], text: string): (test: TestName) => boolean {
  const hasIt = nameHas(text);
  const has = ({ name }: TestName): boolean => hasIt(name);
  if (all.some(has)) return has;
  const names = all.map(({ name }) => name);
  const near = closestLine(text, names);
  throw new UsageError(`None of ${names.length} tests has ${JSON.stringify(text)} in its name`, {
    hint: near === undefined ? `They are called: ${listed(names)}` : `Did you mean: ${near}`,
  });
}

const mostNames = 5;

const listed = (names: readonly string[]): string => {
  const rest = names.length - mostNames;
  return [...names.slice(0, mostNames), ...(rest > 0 ? [`and ${rest} others`] : [])].join("; ");
};

/** Red tests of a run. */
export type Red = { readonly run: string; readonly tests: readonly TestName[] };

/** How many runs are looked at, the newest first: a record has megabytes. */
const most = 60;

/** The tests that were red in the last run of suites on a cluster. UsageError if there are none, or of another guide text. */
export async function redInLastRun(reports: string, state: ClusterState, settings: Settings): Promise<Red> {
  const record = await lastLook(reports, state);
  const whole = { hint: `\`pnpm suite NAME${optionFor(state.id)}\` runs suites whole.` };
  if (!record) {
    throw new UsageError(`No run of suites on cluster ${state.id} is known since it was brought up`, whole);
  }
  const changes = await changesSince(record, settings);
  if (changes.length > 0) {
    throw new UsageError(
      `The last run on cluster ${state.id}, ${record.id}, is of another guide: ${changes.join("; ")}`,
      whole,
    );
  }
  const red = record.tests.filter(isRed);
  if (red.length === 0) {
    throw new UsageError(`No test was red in the last run on cluster ${state.id}, ${record.id}`, whole);
  }
  return { run: record.id, tests: red.map(({ milestone, name }) => ({ milestone, name })) };
}

async function lastLook(reports: string, { id, run }: ClusterState): Promise<RunRecord | undefined> {
  for (const name of (await runsIn(reports)).toReversed().slice(0, most)) {
    const record = await readRecord(reports, name);
    const isOfIt = record?.settings?.["cluster"] === id;
    if (record && isOfIt && record.tests.some(({ outcome }) => outcome !== "skipped")) return record;
    if (name === run) return undefined;
  }
  return undefined;
}

/** What of the guide is not as it was in a run, each as a person says it. */
async function changesSince({ settings: stored, inputs }: RunRecord, settings: Settings): Promise<string[]> {
  const was = settingsSchema.safeParse(stored).data;
  if (!was || !inputs) return ["which guide it was is not known"];
  return guideChanges({ ...was, text: inputs }, settings);
}

/** Whether a test was red. What was red and is no test stands for all tests of its milestone, or for all there are. */
export function wasRed(all: readonly TestName[], red: readonly TestName[]): (test: TestName) => boolean {
  const others = red.filter((test) => !all.some(isSame(test)));
  const milestones = new Set(others.map(({ milestone }) => milestone));
  const isOutside = [...milestones].some((milestone) => !all.some((test) => test.milestone === milestone));
  return (test) => isOutside || milestones.has(test.milestone) || red.some(isSame(test));
}
