import { z } from "zod";
import { setNameSchema } from "../../../choices.ts";
import { InfrastructureError, severity, toHarnessError, UsageError } from "../../../errors.ts";
import { readIfThere } from "../../../host/files.ts";
import { parseAs, parseJson, replaceFile, setAside } from "../../../host/persisted.ts";
import { flakesOf } from "./flakes.ts";
import { trendOf } from "./trend.ts";

const outcomes = z.record(z.string(), z.enum(["passed", "failed", "error", "skipped"]));
/** Verdicts of the project, and `lost`: a nightly that could not even say how it ended. */
const verdict = z.enum([...severity, "lost"]);

const attempt = z.looseObject({
  verdict,
  /** Name of its folder in `reports/`. */
  run: z.string().optional(),
  durationMs: z.number().nonnegative(),
  /** The failure's first line. */
  message: z.string().optional(),
});

/** One nightly. Times are milliseconds; unknown fields of later versions are kept. */
export const nightSchema = z.looseObject({
  /** When the nightly began, ISO 8601 in UTC: its identity. */
  startedAt: z.iso.datetime(),
  verdict,
  /** Of the run that decided; of a lost one, up to its last sign of life. */
  durationMs: z.number().nonnegative().optional(),
  run: z.string().optional(),
  /** The page of the CI job that published its report; absent outside of CI. */
  url: z.string().optional(),
  message: z.string().optional(),
  /** All runs of the night, in order: a second one means that the first was repeated for its infrastructure. */
  attempts: z.array(attempt).default([]),
  commit: z.string().optional(),
  provider: z.string().optional(),
  artifactSet: setNameSchema.optional(),
  /** What its machines could not prove, by name; absent in nights of an older version. */
  notProved: z.array(z.string()).optional(),
  /** SHA-256 of each kind of input, shortened; `guide`, `ports`, `errata`, `edits`, `machines`, `artifacts`, `circumstances`. */
  inputs: z.record(z.string(), z.string()).default({}),
  /** Nights of the same key had the same commit, inputs and milestones; absent if these are not fully known. */
  key: z.string().optional(),
  /** `artifacts`, `machine image`, `up`, `apply`, `suites`. */
  phases: z.record(z.string(), z.number()).default({}),
  milestones: outcomes.default({}),
  /** By `milestone: test`. */
  tests: outcomes.default({}),
  /** By `section/name@machine`. */
  steps: outcomes.default({}),
});
export type NightlyRun = z.infer<typeof nightSchema>;

export const nothingSeen = { inputs: {}, phases: {}, milestones: {}, tests: {}, steps: {} };

export type Attempt = z.infer<typeof attempt>;

const documentSchema = z.looseObject({ version: z.literal(1), nights: z.array(nightSchema) });

const opening = `"nights":[`;
const closing = "]}";

/** Nights that are kept: two years of them. */
const mostNights = 730;

/**
 * The nights so far, the oldest first; none if there is no file. What of a damaged file can be read is kept, and the
 * file itself is moved aside, which is said. UsageError for a newer version's file, InfrastructureError if it cannot
 * be read or moved.
 */
export async function readHistory(file: string, say: (line: string) => void): Promise<NightlyRun[]> {
  const text = await onDisk(file, "read", () => readIfThere(file));
  if (text === undefined) return [];
  const json = parseJson(text);
  const parsed = documentSchema.safeParse(json);
  if (parsed.success) return parsed.data.nights;
  const version = z.looseObject({ version: z.number().int().min(2) }).safeParse(json);
  if (version.success) {
    throw new UsageError(`${file} is of version ${version.data.version}; this project writes version 1`, {
      location: { file, line: 1 },
      hint: "Use the project's newer state, or another --history.",
    });
  }
  const aside = await onDisk(file, "move", () => setAside(file));
  const { nights, first } = salvage(text);
  const { line, reason } = first ?? {
    line: 1,
    reason: text.trim() === "" ? "it is empty" : "it is not whole",
  };
  say(
    `The history ${file} is damaged (line ${line}: ${reason}); it is kept as ${aside}, and ${nights.length} nights were read`,
  );
  return nights;
}

/**
 * Writes the nights and what follows from them, one night a line. InfrastructureError if that cannot be done.
 * `trend` and `flakes` are for readers of the file; they are made anew each time.
 */
export async function writeHistory(
  file: string,
  nights: readonly NightlyRun[],
  trendOver: number,
): Promise<NightlyRun[]> {
  const kept = nights.slice(-mostNights);
  const text = [
    `{"version":1,`,
    `"trend":${JSON.stringify(trendOf(kept, trendOver) ?? null)},`,
    `"flakes":${JSON.stringify(flakesOf(kept))},`,
    opening,
    kept.map((night) => JSON.stringify(night)).join(",\n"),
    `${closing}\n`,
  ].join("\n");
  await onDisk(file, "write", async () => {
    await replaceFile(file, text);
  });
  return kept;
}

/** Whole nights of a text that is not whole, and the first line of a night that is none. */
function salvage(text: string) {
  const all = text.split("\n").map((line, index) => ({ line, number: index + 1 }));
  const begin = all.findIndex(({ line }) => line === opening);
  const lines = all
    .slice(begin + 1)
    .filter(({ line }) => line !== closing && line.trim() !== "")
    .map(({ line, number }) => parseAs(line.replace(/,\s*$/, ""), { file: "", line: number }, nightSchema));
  return {
    nights: lines.flatMap(({ value }) => value ?? []),
    first: lines.find(({ damage }) => damage)?.damage,
  };
}

/** What is done to a file of the history. InfrastructureError if the disk refuses it. */
export async function onDisk<T>(file: string, verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new InfrastructureError(`Cannot ${verb} the history ${file}: ${toHarnessError(cause).message}`, {
      cause,
      hint: "Correct the disk or the permissions, or give another file with --history.",
    });
  }
}
