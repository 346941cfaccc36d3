import { join } from "node:path";
import { z } from "zod";
import { readJson, replaceFile, setAside } from "../../host/persisted.ts";
import { count, duration, moment } from "../../report/text.ts";
import type { Kind, Reading } from "../kind.ts";
import type { Round } from "../records.ts";

const resultSchema = z.object({
  /** The word for it, such as `survived`. */
  type: z.string(),
  seconds: z.number(),
  at: z.iso.datetime(),
  commit: z.string(),
  provider: z.string(),
  artifacts: z.string(),
});

const lastSchema = z.object({ ...resultSchema.shape, before: resultSchema.exactOptional() });

/** What a case came to when it was judged, in whichever round of its kind. */
type Last = Readonly<z.infer<typeof resultSchema>>;

/** What each case last came to, and before that, by its name. */
type LastResults = Readonly<Record<string, Readonly<z.infer<typeof lastSchema>>>>;

/** A case that came to something else, or took notably longer or shorter, than when it was last judged. */
export type Difference = { readonly id: string; readonly was: Last; readonly is: Reading };

const change = ({ was, is }: Difference): number => Math.abs(is.seconds - was.seconds);

export type Since = {
  readonly results: readonly Difference[];
  readonly times: readonly Difference[];
  /** Cases that were judged now and before, and what they took together. */
  readonly both: number;
  readonly seconds: { readonly was: number; readonly is: number };
};

/** A duration is told if it is this many times another, and differs by this many seconds. */
const notable = { factor: 1.5, seconds: 10 };

const fileOf = (name: string, reports: string): string => join(reports, `${name}.last.json`);

/** What each case of a kind last came to, by `reports/NAME.last.json`; one that is damaged is set aside. */
export async function readLast(name: string, reports: string): Promise<LastResults> {
  const file = fileOf(name, reports);
  const { value = {}, damage } = await readJson(file, z.record(z.string(), lastSchema));
  if (damage) await setAside(file);
  return value;
}

/** Keeps what the cases of a round came to beside what others last did. What was not judged says nothing. */
export async function keepLast<R>(
  kind: Kind<R>,
  round: Pick<Round<R>, "about" | "lines">,
  known: LastResults,
  reports: string,
): Promise<void> {
  const { commit, provider, artifacts } = round.about;
  const now = round.lines.flatMap(({ result, at }): [string, LastResults[string]][] => {
    const { name, outcome, type = outcome, seconds } = kind.read(result);
    const before = beforeOf(name, at, known);
    const last = { type, seconds, at, commit, provider, artifacts, ...(before && { before }) };
    return outcome === "error" ? [] : [[name, last]];
  });
  const all = { ...known, ...Object.fromEntries(now) };
  await replaceFile(fileOf(kind.name, reports), `${JSON.stringify(all, null, 2)}\n`);
}

/** What a case came to before the result of a moment, which may be known: a round that goes on has it still. */
function beforeOf(name: string, at: string, known: LastResults): Last | undefined {
  const last = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!last) return undefined;
  const { before, ...was } = last;
  return last.at === at ? before : was;
}

export function sinceLast<R>(kind: Kind<R>, { lines }: Pick<Round<R>, "lines">, known: LastResults): Since {
  const before = lines.flatMap(({ result, at }): Difference[] => {
    const is = kind.read(result);
    const was = beforeOf(is.name, at, known);
    return was ? [{ id: is.name, was, is }] : [];
  });
  const both = before.filter(({ is }) => is.outcome !== "error");
  const sum = (seconds: (one: Difference) => number): number =>
    both.reduce((all, one) => all + seconds(one), 0);
  return {
    results: before.filter(({ was, is }) => was.type !== (is.type ?? is.outcome)),
    times: both.filter(isNotable).toSorted((a, b) => change(b) - change(a)),
    both: both.length,
    seconds: { was: sum(({ was }) => was.seconds), is: sum(({ is }) => is.seconds) },
  };
}

function isNotable({ was: { seconds: was }, is: { seconds: is } }: Difference): boolean {
  return Math.abs(is - was) >= notable.seconds && Math.max(is, was) >= notable.factor * Math.min(is, was);
}

/** `killed → survived`. */
export const resultChange = ({ was, is }: Difference): string => `${was.type} → ${is.type ?? is.outcome}`;

/** `1 min 25 s → 2 min 05 s`. */
export const timeChange = ({ was, is }: Difference): string =>
  `${duration(was.seconds * 1000)} → ${duration(is.seconds * 1000)}`;

/** `2019-04-01 02:00 UTC at 0123456789ab with source on nspawn`. */
export const whenLast = ({ at, commit, artifacts, provider }: Last): string =>
  `${moment(at)} at ${commit} with ${artifacts} on ${provider}`;

/** `23 of its cases were judged before: 30 min 06 s together then, 29 min 50 s now`; undefined if none was. */
export function togetherLine({ both, seconds: { was, is } }: Since): string | undefined {
  if (both === 0) return undefined;
  const [then, now] = [was, is].map((seconds) => duration(seconds * 1000));
  return `${count(both, "case")} judged before, too: ${then} in total then, ${now} now`;
}

/** Durations that are told in lines; on a busy host all of them are other ones. */
const mostTimes = 5;

/** The same for a terminal, without the smaller of many durations; nothing if no case was judged before. */
export function sinceLines(since: Since): string[] {
  const together = togetherLine(since);
  const left = since.times.length - mostTimes;
  return [
    ...since.results.map((one) => `  ${one.id}: ${resultChange(one)}, before ${whenLast(one.was)}`),
    ...since.times.slice(0, mostTimes).map((one) => `  ${one.id}: ${timeChange(one)}`),
    ...(left > 0 ? [`  ${count(left, "more case")} took notably longer or shorter`] : []),
    ...(together === undefined ? [] : [together]),
  ];
}
