import { resolve } from "node:path";
import type { z } from "zod";
import { exitCodes, gravestExitCode, type SourceLocation, UsageError } from "../errors.ts";
import { projectRoot } from "../host/paths.ts";
import { suggestFrom } from "../input/suggest.ts";
import { isRed } from "../record/outcome.ts";
import { caseAnchor, linkTo } from "../report/anchors.ts";
import { type Case, sectionClass, suiteXml } from "../report/junit/cases.ts";
import type { Settings } from "../settings/settings.ts";
import type { Lane } from "./pool/lanes.ts";
import type { Round } from "./records.ts";

/** How the result of a case reads: as JUnit has it, and what it makes of the round's exit code. */
export type Reading = Omit<Case, "className"> & {
  readonly exitCode: number;
  /** Where it is not about a section of the guide. */
  readonly className?: string;
  readonly section?: string;
};

/** How rounds of a kind read: all that `report merge` needs of it. */
export type Kind<R = unknown> = {
  /** Of its files, `reports/NAME.jsonl`, `.json` and `.xml`, too. */
  readonly name: string;
  readonly title: string;
  /** One result, as the record has it. */
  readonly schema: z.ZodType<R>;
  /** Its name is the case's id. An `error` is a case that was not judged: `--continue` tries it again. */
  read(result: R): Reading;
  /** What `--json` and `reports/NAME.json` have. */
  document(round: Round<R>): object;
  summary(round: Round<R>): string | Promise<string>;
  /** Set where a case's name means another one in each round, so that no two can be compared. */
  readonly isDrawn?: true;
  /** False if the results show nothing, however good each of them is. */
  isTelling?(results: readonly R[]): boolean;
};

/** Where a batch of cases is tried. */
export type Place = Lane & {
  /** The round's, with a cluster of the lane's own. */
  readonly settings: Settings;
  /** Says what is done that is not yet the work of a case, such as a run without it; without a word, that this is over. */
  readonly doing?: (what?: string) => void;
};

/** The cases of a round, and how they are tried. */
export type RoundCases<C extends { readonly id: string }, R> = {
  /** All of them, those of other shards among them. */
  readonly cases: readonly C[];
  /** What the result of a case depends on beside commit and settings. */
  readonly basis?: (one: C) => unknown;
  /** Where a case stands: what a reader of its result opens first. */
  readonly place?: (one: C) => SourceLocation | undefined;
  /** How many runs some cases need, and of which kind, for a person. */
  readonly runs?: (cases: readonly C[], settings: Settings) => string;
  readonly prepare?: (signal: AbortSignal, say: (line: string) => void) => Promise<unknown>;
  /** Which cases are tried together, on the same machines; each alone without it. */
  readonly batches?: (cases: readonly C[], lanes: number) => readonly (readonly C[])[];
  /** Tries the cases of a batch and gives each result as soon as it is known. Cleans up before it ends, or is ended. */
  readonly attempt: (batch: readonly C[], place: Place) => AsyncIterable<R>;
  /** The result of a case that an error of its batch left without one. */
  readonly notJudged: (one: C, thrown: unknown) => R;
};

/** The cases of these ids, or all if none is named. UsageError for an unknown id; COMMAND --list shows what there is. */
export function chosen<C extends { readonly id: string }>(
  all: readonly C[],
  ids: readonly string[],
  noun: string,
  command: string,
): C[] {
  const known = all.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown === undefined) return all.filter(({ id }) => ids.length === 0 || ids.includes(id));
  const list = `\`pnpm ${command} --list\` shows them all.`;
  throw new UsageError(`There is no ${noun} ${unknown}`, { hint: suggestFrom(unknown, known, list) });
}

/** How the results of a round read, each with the place of its case. */
export function readingsOf<R>(
  kind: Kind<R>,
  { about, results }: Pick<Round<R>, "about" | "results">,
): Reading[] {
  const places = new Map(about.cases.map(({ id, place }) => [id, place]));
  return results.map((result) => {
    const reading = kind.read(result);
    const place = places.get(reading.name);
    return { ...reading, place: place && { ...place, file: resolve(projectRoot, place.file) } };
  });
}

export const junitOf = <R>(kind: Kind<R>, round: Pick<Round<R>, "about" | "results">): string =>
  suiteXml(
    { name: kind.name, title: kind.title, startedAt: round.about.startedAt },
    readingsOf(kind, round).map((reading) => {
      const report = `${kind.name}.html${linkTo(caseAnchor(reading.name))}`;
      const { className = sectionClass(reading.section ?? "") } = reading;
      return Object.assign(reading, { className, properties: { ...reading.properties, report } });
    }),
  );

/**
 * The exit code of a round: that of the gravest of its cases; a defect of the harness if all of them show nothing, or if one
 * that is red has the exit code of one that is not.
 */
export const exitCodeOf = <R>(kind: Kind<R>, { results }: Round<R>): number =>
  gravestExitCode([
    ...results
      .map((result) => kind.read(result))
      .map((reading) => (isRed(reading) && reading.exitCode === 0 ? exitCodes.harness : reading.exitCode)),
    ...(kind.isTelling?.(results) === false ? [exitCodes.harness] : []),
  ]);
