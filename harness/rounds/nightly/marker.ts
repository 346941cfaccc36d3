import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readJson, readJsonLines, replaceFile, setAside } from "../../host/persisted.ts";
import { processIdentity } from "../../host/processes/identity.ts";
import { runsIn } from "../../run/evidence/runs.ts";
import { type NightlyRun, nothingSeen, onDisk } from "./history/history.ts";

const schema = z.looseObject({
  startedAt: z.iso.datetime(),
  host: z.string(),
  pid: z.number().int(),
  commit: z.string().optional(),
  /** The newest run before it: its own come later. */
  newestRun: z.string().optional(),
  child: z.object(processIdentity).optional(),
});

/** Says, beside the history, that a nightly is under way; written before anything is made. */
export type Marker = z.infer<typeof schema>;

export const markerFile = (history: string): string => `${history}.in-progress`;

/** The marker that a nightly left which never ended; one that is damaged says at least that, and is set aside. */
export async function readMarker(
  history: string,
  say: (line: string) => void = () => undefined,
): Promise<Marker | undefined> {
  const file = markerFile(history);
  const { value, damage } = await readJson(file, schema);
  if (!damage) return value;
  const { mtime } = await stat(file);
  say(`The marker ${file}:1 is damaged (${damage.reason}); it is kept as ${await setAside(file)}`);
  return { startedAt: mtime.toISOString(), host: "an unknown host", pid: 0 };
}

export const writeMarker = (history: string, marker: Marker): Promise<void> =>
  onDisk(history, "mark", () => replaceFile(markerFile(history), JSON.stringify(marker)));

export const removeMarker = (history: string): Promise<void> => rm(markerFile(history), { force: true });

/** The night of a nightly that was killed, with what its run's journal tells of it. */
export async function lostNightlyRun(marker: Marker, reports: string): Promise<NightlyRun> {
  const { startedAt, commit, host } = marker;
  const run = await runOf(marker, reports);
  const sign = run === undefined ? undefined : await lastSign(join(reports, run, "journal.jsonl"));
  const where = sign?.what === undefined ? "" : `; last seen at ${sign.what}`;
  return {
    startedAt,
    verdict: "lost",
    message: `killed on ${host}, or the power went${where}`,
    durationMs: sign?.at,
    run,
    attempts: [],
    commit,
    ...nothingSeen,
  };
}

/** The folder of its run; numbers of processes come again, so not one from before. */
async function runOf({ child, newestRun }: Marker, reports: string): Promise<string | undefined> {
  const runs = child ? await runsIn(reports) : [];
  const own = runs.slice(newestRun === undefined ? 0 : runs.indexOf(newestRun) + 1);
  return own.findLast((name) => name.endsWith(`-${child?.pid}`));
}

const eventSchema = z.looseObject({
  at: z.number(),
  type: z.string(),
  key: z.string().optional(),
  name: z.string().optional(),
});

/** When the last event of a journal was, and the last step or span that began; its last line may be half written. */
async function lastSign(journal: string): Promise<{ at: number; what: string | undefined } | undefined> {
  const events = (await readJsonLines(journal, eventSchema))?.items ?? [];
  const last = events.at(-1);
  const began = events.findLast(({ type }) => type === "step-start" || type === "span-start");
  return last && { at: last.at, what: began?.key ?? began?.name };
}
