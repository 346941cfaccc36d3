import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { processIdentity } from "../../harness/index.ts";
import { readIfThere, replaceFile } from "./files.ts";
import type { Night } from "./history.ts";

const schema = z.looseObject({
  startedAt: z.iso.datetime(),
  host: z.string(),
  pid: z.number().int(),
  commit: z.string().optional(),
  /** The end-to-end run's process, once it was started. */
  child: z.object(processIdentity).optional(),
});

/** Says, beside the history, that a nightly is under way; written before anything is made. */
export type Marker = z.infer<typeof schema>;

export const markerFile = (history: string): string => `${history}.in-progress`;

/** The marker that a nightly left which never came to its end; one that cannot be read says at least that. */
export async function readMarker(history: string): Promise<Marker | undefined> {
  const text = await readIfThere(markerFile(history));
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    const { mtime } = await stat(markerFile(history));
    return { startedAt: mtime.toISOString(), host: "an unknown host", pid: 0 };
  }
}

export async function writeMarker(history: string, marker: Marker): Promise<void> {
  await mkdir(dirname(history), { recursive: true });
  await replaceFile(markerFile(history), JSON.stringify(marker));
}

export const removeMarker = (history: string): Promise<void> => rm(markerFile(history), { force: true });

/** The night of a nightly that was killed, with what its run's journal tells of it. */
export async function lostNight({ startedAt, commit, child, host }: Marker, reports: string): Promise<Night> {
  const run = child && (await runOf(child.pid, startedAt, reports));
  const sign = run === undefined ? undefined : await lastSign(join(reports, run, "journal.jsonl"));
  const where = sign?.what === undefined ? "" : `; last seen at ${sign.what}`;
  return {
    startedAt,
    verdict: "lost",
    message: `killed on ${host}, or the power went${where}`,
    ...(sign && { durationMs: sign.at }),
    ...(run !== undefined && { run }),
    attempts: [],
    ...(commit !== undefined && { commit }),
    inputs: {},
    phases: {},
    milestones: {},
    tests: {},
    steps: {},
  };
}

/** The folder of a process's run; numbers of processes come again, so not one from before. */
async function runOf(pid: number, since: string, reports: string): Promise<string | undefined> {
  const earliest = since.replaceAll(/[-:]/g, "").replace(/\..*/, "");
  const names = await readdir(reports).catch(() => []);
  return names.find((name) => name.endsWith(`-${pid}`) && /^\d{8}T\d{6}-/.test(name) && name >= earliest);
}

const eventSchema = z.looseObject({
  at: z.number(),
  type: z.string(),
  key: z.string().optional(),
  name: z.string().optional(),
});

/** When the last event of a journal was, and the last step or span that began; its last line may be half written. */
async function lastSign(journal: string): Promise<{ at: number; what: string | undefined } | undefined> {
  const lines = ((await readIfThere(journal)) ?? "").split("\n");
  const events = lines.flatMap((line) => {
    try {
      return [eventSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
  const last = events.at(-1);
  const began = events.findLast(({ type }) => type === "step-start" || type === "span-start");
  return last && { at: last.at, what: began?.key ?? began?.name };
}
