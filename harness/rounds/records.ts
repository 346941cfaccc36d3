import { appendFile, mkdir, rename, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { HarnessDefect } from "../errors.ts";
import { ifThere, readIfThere } from "../host/files.ts";
import { type Damage, parseLines } from "../host/persisted.ts";
import { shortDigest } from "./commit.ts";

/** Which part of a round's cases it is, of how many; `index` counts from 1. */
export type Shard = { readonly index: number; readonly of: number };

const aboutSchema = z.object({
  kind: z.string(),
  /** What was tried, and `+` and a digest of its changes if it had any. */
  commit: z.string(),
  provider: z.string(),
  artifacts: z.string(),
  versions: z.record(z.string(), z.string()),
  /** Whether the round, all its shards taken together, is of the whole catalogue. */
  whole: z.boolean(),
  startedAt: z.iso.datetime(),
  shard: z.object({ index: z.number(), of: z.number() }).exactOptional(),
  /** Equal for shards of one round: `roundDigest` all cases. */
  round: z.string(),
  /** The cases of this shard, in their order; a key stands for all that the result depends on. */
  cases: z.array(
    z.object({
      id: z.string(),
      key: z.string(),
      /** Where it stands; within the project relative to it. */
      place: z.object({ file: z.string(), line: z.number() }).exactOptional(),
    }),
  ),
});

/** What a round is of, and what it was made with. */
export type RoundHeader = Readonly<z.infer<typeof aboutSchema>>;

export const roundDigest = (cases: RoundHeader["cases"]): string =>
  shortDigest(JSON.stringify(cases.map(({ key }) => key)));

export type Line<R> = { readonly key: string; readonly at: string; readonly result: R };

/** The record of a round has a line of JSON for each result, as it comes, and one about the round before the first. */
const lineSchema = <R>(result: z.ZodType<R>) =>
  z.union([z.object({ about: aboutSchema }), z.object({ key: z.string(), at: z.iso.datetime(), result })]);

export type Round<R> = {
  readonly about: RoundHeader;
  readonly results: readonly R[];
  readonly lines: readonly Line<R>[];
  readonly missing: readonly string[];
  readonly seconds: number;
};

/** Reads the record of a round, the last one if it was continued; undefined if there is none, or none that can be read. */
export async function readRound<R>(
  file: string,
  schema: z.ZodType<R>,
): Promise<{ readonly round: Round<R> | undefined; readonly damaged: readonly Damage[] }> {
  const { items, damaged } = parseLines(await wholeLines(file), file, lineSchema(schema));
  const about = items.findLast((item) => "about" in item)?.about;
  if (!about) return { round: undefined, damaged };
  const lines = new Map(items.flatMap((item) => ("key" in item ? [[item.key, item] as const] : [])));
  const own = about.cases.flatMap(({ key }) => lines.get(key) ?? []);
  const begun = Date.parse(about.startedAt);
  const ended = Math.max(begun, ...own.map(({ at }) => Date.parse(at)));
  return {
    round: {
      about,
      results: own.map(({ result }) => result),
      lines: own,
      missing: about.cases.filter(({ key }) => !lines.has(key)).map(({ id }) => id),
      seconds: Math.round((ended - begun) / 100) / 10,
    },
    damaged,
  };
}

export type Records<R> = {
  /** What an earlier round came to for this case, if it holds. */
  known(id: string): R | undefined;
  keep(id: string, result: R): Promise<void>;
  add(line: Line<R>): Promise<void>;
  /** Makes this the round of the file, if that was not done, and reads it. HarnessDefect if the file is another round's. */
  end(): Promise<Round<R>>;
};

type RecordsOptions<R> = {
  readonly schema: z.ZodType<R>;
  readonly about: RoundHeader;
  /** Whether to go on with what the last round came to, rather than begin anew. */
  readonly keepResults: boolean;
  /** Whether a result holds; what could not be judged deserves another try. */
  readonly holds: (result: R) => boolean;
  readonly say: (line: string) => void;
};

/**
 * Opens the record of a round: where it is broken off, `--continue` goes on with what is left. A round that begins anew sets
 * what the one before came to aside once it has a result of its own.
 */
export async function openRecords<R>(file: string, options: RecordsOptions<R>): Promise<Records<R>> {
  const { schema, about, keepResults, holds, say } = options;
  await mkdir(dirname(file), { recursive: true });
  const text = keepResults ? await wholeLines(file) : "";
  // A round that was killed while it wrote leaves a line without an end.
  if (keepResults) await ifThere(truncate(file, Buffer.byteLength(text)));
  const { items, damaged } = parseLines(text, file, lineSchema(schema));
  for (const { line } of damaged) say(`${file}:${line} cannot be read and is skipped`);
  const earlier = new Map(
    items.flatMap((item) => ("key" in item && holds(item.result) ? [[item.key, item.result] as const] : [])),
  );
  const keys = new Map(about.cases.map(({ id, key }) => [id, key]));
  const keyOf = (id: string): string => keys.get(id) ?? "";
  const append = (line: object): Promise<void> => appendFile(file, `${JSON.stringify(line)}\n`);
  const start = async (): Promise<void> => {
    if (!keepResults) await setAside(file, say);
    await append({ about });
  };
  let begun: Promise<void> | undefined;
  const begin = (): Promise<void> => (begun ??= start());
  const add = async (line: Line<R>): Promise<void> => {
    await begin();
    await append(line);
  };
  return {
    known: (id) => earlier.get(keyOf(id)),
    keep: (id, result) => add({ key: keyOf(id), at: new Date().toISOString(), result }),
    add,
    async end() {
      await begin();
      const { round } = await readRound(file, schema);
      if (round && isDeepStrictEqual(round.about, about)) return round;
      const since = round ? ` another round's, which began at ${round.about.startedAt}` : " no round's";
      throw new HarnessDefect(`The record ${file} became${since}`, {
        hint: "Nothing is known of what this round came to: start it again, once nothing else writes there.",
      });
    },
  };
}

async function setAside(file: string, say: (line: string) => void): Promise<void> {
  const aside = file.replace(/\.jsonl$/, ".previous.jsonl");
  if (!(await ifThere(rename(file, aside).then(() => true)))) return;
  say(
    `The results of the previous round are in ${aside} now. To go on with that: mv ${aside} ${file}, then --continue.`,
  );
}

/** The text of a file as far as its lines are whole; empty if there is none. */
async function wholeLines(file: string): Promise<string> {
  const text = (await readIfThere(file)) ?? "";
  return text.slice(0, text.lastIndexOf("\n") + 1);
}
