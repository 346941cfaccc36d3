import { existsSync } from "node:fs";
import { appendFile, lstat, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { setNameSchema } from "../../choices.ts";
import { isErrno } from "../../host/errno.ts";
import { ifThere } from "../../host/files.ts";
import { type Damage, readJson, setAside } from "../../host/persisted.ts";
import type { RunRecord } from "../../record/record.ts";

/** As `beginRun` names a run and its folder: time, command, process. */
const runName = /^\d{8}T\d{6}-[a-z0-9-]+-(\d+)$/;

/** In a folder of reports: the names of its runs in the order in which they began, one a line. */
const orderFile = "runs.txt";

/** Makes the folder of a run that begins, and enters it. Resolves with the run's id, which no other run has. */
export async function beginRun(reports: string, command: string): Promise<string> {
  await mkdir(reports, { recursive: true });
  let id: string;
  let at = Date.now();
  do {
    const time = new Date(at).toISOString().replace(/[-:]/g, "").replace(/\..*/, "");
    id = `${time}-${command}-${process.pid}`;
    at += 1000;
  } while (!(await makeFolder(join(reports, id))));
  await enterRun(reports, id);
  return id;
}

/** Makes a folder; false if something has its name. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/** Writes down that a run begins. What is newest is known by this order, for the host's clock may be set back. */
export async function enterRun(reports: string, id: string): Promise<void> {
  const file = join(reports, orderFile);
  await mkdir(reports, { recursive: true });
  if ((await lstat(file).catch(() => undefined))?.isDirectory()) await setAside(file);
  // The line's end comes first: one that was cut short spoils no other.
  await appendFile(file, `\n${id}`);
}

/** Runs in a folder, the oldest first; those that nobody entered, by the time in their names, come before all that were. */
export async function runsIn(reports: string): Promise<string[]> {
  const entries = (await ifThere(readdir(reports, { withFileTypes: true }))) ?? [];
  const runs = entries.filter((entry) => entry.isDirectory() && runName.test(entry.name));
  const order = new Map((await entered(reports)).map((name, index) => [name, index]));
  const place = (name: string): number => order.get(name) ?? -1;
  return runs.map(({ name }) => name).toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** The line of a run is its last one; a line of anything else says nothing. */
const entered = async (reports: string): Promise<string[]> =>
  (await readFile(join(reports, orderFile), "utf8").catch(() => "")).split("\n").filter(Boolean);

/** Whether a run may be under way: there is a process of its number. Numbers of processes come again. */
export const mayRun = (run: string): boolean => existsSync(`/proc/${runName.exec(run)?.[1] ?? "none"}`);

/** Ids of the runs that may be under way, the oldest first: those of a process that there is, without a record yet. */
export async function runsUnderWay(reports: string): Promise<string[]> {
  const running = (await runsIn(reports)).filter(mayRun);
  return running.filter((run) => !existsSync(fileOf(reports, run)));
}

/** What everyone who reads a record relies on. */
const shape = z.looseObject({
  id: z.string(),
  verdict: z.string(),
  provider: z.string(),
  artifactSet: z.string(),
  ports: z.array(z.string()),
  steps: z.array(z.looseObject({ key: z.string() })),
  tests: z.array(z.looseObject({ milestone: z.string() })),
});
const recordSchema = z
  .custom<RunRecord>()
  .superRefine((value, context) => {
    for (const { message, path } of shape.safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: "custom", message, path });
    }
  })
  .transform((record) => ({ ...record, artifactSet: setNameSchema.parse(record.artifactSet) }));

/** The record of a run; undefined without one, as while it is under way, and if it is damaged. */
export const readRecord = async (reports: string, run: string): Promise<RunRecord | undefined> =>
  (await readJson(fileOf(reports, run), recordSchema)).value;

/** The records of the last runs that `isWanted` by name, the newest first; of at most so many runs, for a record has megabytes. */
export async function* newestRecords(
  reports: string,
  most = Infinity,
  isWanted: (run: string) => boolean = () => true,
): AsyncGenerator<RunRecord> {
  const runs = (await runsIn(reports)).filter(isWanted).toReversed().slice(0, most);
  for (const run of runs) {
    const record = await readRecord(reports, run);
    if (record) yield record;
  }
}

/** The record of the newest run that has one, among the last five. */
export const newestRecord = async (reports: string): Promise<RunRecord | undefined> =>
  (await newestRecords(reports, 5).next()).value;

const verdictSchema = z.looseObject({ verdict: z.string() });

/** The verdict in a run's record: `unreadable` if that is damaged, undefined if there is none. */
export async function verdictOf(reports: string, run: string): Promise<string | undefined> {
  const { value, damage } = await readJson(fileOf(reports, run), verdictSchema);
  return damage ? "unreadable" : value?.verdict;
}

/** Records that are damaged; one that may be being written is not. */
export async function damagedRecords(reports: string): Promise<Damage[]> {
  const damaged: Damage[] = [];
  // One after the other: they are large.
  for (const run of (await runsIn(reports)).filter((each) => !mayRun(each))) {
    const { damage } = await readJson(fileOf(reports, run), recordSchema);
    if (damage) damaged.push(damage);
  }
  return damaged;
}

const fileOf = (reports: string, run: string): string => join(reports, run, "run.json");
