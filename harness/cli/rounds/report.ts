import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { once } from "node:events";
import type { Command } from "commander";
import { execa } from "execa";
import { UsageError } from "../../errors.ts";
import { findProgram } from "../../host/packages/packages.ts";
import { closestLine, closestWord } from "../../input/suggest.ts";
import { fromCaller, projectRoot, shortPath } from "../../host/paths.ts";
import { interruptions } from "../../interruptions.ts";
import { headlineOf, lead, verdictWord } from "../../report/labels.ts";
import { serveReports } from "../../report/live/server.ts";
import { duration } from "../../report/text.ts";
import type { Kind } from "../../rounds/kind.ts";
import { kinds, mergeRounds } from "../../rounds/merge.ts";
import { endOf } from "../../rounds/page/page.ts";
import { readRound, type Round } from "../../rounds/records.ts";
import { recordFile } from "../../rounds/round.ts";
import { mayRun, readRecord, runsIn } from "../../run/evidence/runs.ts";
import { command, countFor, print } from "../command/base.ts";
import { noted } from "../command/note.ts";
import { tell } from "../command/rounds.ts";
import { argument } from "../command/offered.ts";

const reports = join(projectRoot, "reports");

type Options = { readonly json?: boolean; readonly serve?: boolean; readonly port?: number };

/** `report`: the result of a run, or of several. */
export const reportCommand = (): Command =>
  command("report", "show the report of a run, or follow one as it goes on")
    .enablePositionalOptions()
    .addArgument(
      argument(
        "[run]",
        `a run's id, or a unique part of it, or ${kinds.map(({ name }) => name).join(", ")} for the last round of that kind (default: the newest run)`,
        "runs",
      ),
    )
    .option(
      "--serve",
      "serve reports on the loopback interface until Ctrl-C; the page follows the newest run, and then the next, or the run that is named",
    )
    .option(
      "--port <n>",
      "with --serve, the port (default: any free one)",
      countFor("--port", { from: 0, to: 65_535 }),
    )
    .action(async (part: string | undefined, { json, serve, port }: Options) => {
      if (port !== undefined && !serve)
        throw new UsageError("--port is for --serve", { hint: "Say --serve, too." });
      if (serve && json)
        throw new UsageError("--serve goes on until Ctrl-C, and has no document for --json", {
          hint: "Leave one of them out.",
        });
      const round = await roundOf(part);
      if (serve) {
        const page = round ? basename(round.file) : part === undefined ? "" : `${await runOf(part)}/`;
        return await served(page, port ?? 0);
      }
      if (round) return await showRound(round, json);
      await show(await runOf(part), json);
    })
    .addCommand(mergeCommand());

const mergeCommand = (): Command =>
  command("merge", "join the records of a round's shards into one report, score and JUnit file in reports/")
    .argument("<dir...>", "folders with what each shard left in reports/, or its NAME.jsonl")
    .addHelpText(
      "after",
      `
The shards are those of one round: one command, one commit, each --shard I/N of the same N, all finished. A shard that is
missing, there twice or of another round is an error. The exit code is that of the whole round.`,
    )
    .action(async (paths: readonly string[], { json }: { json?: boolean }) => {
      const { kind, ...told } = await mergeRounds(
        paths.map((path) => fromCaller(path)),
        (line) => noted.note(line),
      );
      await tell(kind, told, json);
    });

/**
 * The id of the run that has `part` in its id; without one, of the newest run that has a report, or of the newest if none has. Says
 * which newer one is under way. UsageError if there is none, or more than one.
 */
export async function runOf(
  part: string | undefined,
  folder = reports,
  say = (line: string): void => noted.note(line),
): Promise<string> {
  const runs = await runsIn(folder);
  if (part === undefined) {
    const ended = runs.findLast((run) => hasReport(folder, run));
    const newer = ended === undefined ? [] : runs.slice(runs.indexOf(ended) + 1).filter(mayRun);
    if (newer.length > 0)
      say(`A newer run is under way: ${newer.join(", ")} (\`pnpm report --serve\` follows it).`);
    if (ended !== undefined) return ended;
  }
  const found = part === undefined ? runs.slice(-1) : runs.filter((run) => run.includes(part));
  const [run, ...others] = found;
  if (run !== undefined && others.length === 0) return run;
  const round = kinds.find(({ name }) => name === part)?.name;
  if (run === undefined && round !== undefined) {
    const makes = round === "ablate" ? "guide ablate" : round;
    throw new UsageError(`There is no round of ${round} yet`, { hint: `\`pnpm ${makes}\` makes one.` });
  }
  if (part === undefined) throw new UsageError("There is no run yet", { hint: "`pnpm e2e` makes one." });
  const inItsId = `has ${JSON.stringify(part)} in its id`;
  const newest = `The newest are ${(run === undefined ? runs : found).slice(-3).join(", ")}.`;
  if (run !== undefined) throw new UsageError(`More than one run ${inItsId}`, { hint: newest });
  const names = kinds.map(({ name }) => name);
  const near = closestWord(part, names) ?? closestLine(part, runs);
  const list = runs.length === 0 ? "`pnpm e2e` makes a run; there is none yet." : newest;
  throw new UsageError(`No run ${inItsId}`, {
    hint: near === undefined ? list : `did you mean "${near}"? ${list}`,
  });
}

const hasReport = (folder: string, run: string): boolean =>
  ["run.json", "report.html"].every((name) => existsSync(join(folder, run, name)));

type LastRound = { readonly kind: Kind; readonly round: Round<unknown>; readonly file: string };

/** The last round of a kind by its name, with its page; undefined if there is none. */
export async function roundOf(name: string | undefined, folder = reports): Promise<LastRound | undefined> {
  const kind = kinds.find((one) => one.name === name);
  const file = kind && join(folder, `${kind.name}.html`);
  if (!file || !existsSync(file)) return undefined;
  const { round } = await readRound(recordFile(kind.name, folder), kind.schema);
  return round && { kind, round, file };
}

/** Prints the result of a round and where its page is, and opens that where there is a screen. */
async function showRound({ kind, round, file }: LastRound, json: boolean | undefined): Promise<void> {
  const { title, text } = endOf(kind, round);
  print(json, { round: kind.name, result: title, report: file }, () => [
    `${title}  ${duration(round.seconds * 1000)}`,
    text,
    shortPath(file),
  ]);
  await open(file, json);
}

/** Says what a run came to and where its report is, and opens that where there is a screen. */
async function show(run: string, json: boolean | undefined): Promise<void> {
  const file = join(reports, run, "report.html");
  const record = await readRecord(reports, run);
  if (!record || !existsSync(file)) {
    const hint = "`pnpm report --serve` shows what it did so far.";
    throw new UsageError(`${run} has no report${mayRun(run) ? " yet: it may be under way" : ""}`, { hint });
  }
  const { durationMs } = record;
  print(json, { run, verdict: verdictWord(record), report: file }, () => [
    `${headlineOf(record)}  ${record.command}, ${duration(durationMs)}, ${run}`,
    lead(record),
    shortPath(file),
  ]);
  await open(file, json);
}

/** Opens a page where there is a screen, and a person in front of it. */
async function open(file: string, json: boolean | undefined): Promise<void> {
  const hasScreen = process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"];
  const opener = !json && process.stdout.isTTY && hasScreen ? await findProgram("xdg-open") : undefined;
  if (opener !== undefined) await execa(opener, [file], { reject: false, stdio: "ignore" });
}

/** Serves until a signal, which is its ordinary end, and prints the address of a page. */
async function served(page: string, port: number): Promise<void> {
  using interruption = interruptions("The server has stopped.");
  const { signal } = interruption;
  const newest = async (): Promise<string | undefined> => (await runsIn(reports)).at(-1);
  const url = await serveReports({ reports, newest, goesOn: mayRun, port, signal });
  process.stdout.write(`${url}${page}  (Ctrl-C ends it)\n`);
  if (!signal.aborted) await once(signal, "abort");
}
