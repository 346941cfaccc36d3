import { join } from "node:path";
import { sampleRecord } from "../../report/sample.ts";
import { type NightlyRun, nightSchema } from "./history/history.ts";
import type { NightlyOptions } from "./nightly.ts";

export type Act =
  | { readonly print: unknown; readonly exitCode: number }
  /** Makes a machine and waits for a signal; `teardown` is the milliseconds it then takes, "never" if it ignores it. */
  | { readonly wait: true; readonly teardown: number | "never" }
  | { readonly kill: NodeJS.Signals };

/** A run's end with this verdict, as `pnpm e2e --json` prints it. */
export const ends = (
  verdict: "passed" | "guide" | "infrastructure" | "artifact" | "harness",
  exitCode: number,
): Act => ({
  print: sampleRecord({ verdict }),
  exitCode,
});

/**
 * Nightly options whose children are small real processes in `folder`: the n-th run does the n-th act, the last one
 * again and again. A machine is the file `machine`, with the number of the process that made it.
 */
export function fakeNightly(
  folder: string,
  acts: readonly Act[],
  changes: Partial<NightlyOptions> = {},
): NightlyOptions {
  const reports = join(folder, "reports");
  return {
    history: join(reports, "history.json"),
    reports,
    lock: join(folder, "state", "nightly.lock"),
    keepRuns: 14,
    trendOver: 7,
    e2e: [process.execPath, "-e", e2e, folder, JSON.stringify(acts)],
    gc: [process.execPath, "-e", gc, folder],
    commit: "0123456789ab",
    endDeadline: 20_000,
    say: (line) => void process.stderr.write(`${line}\n`),
    ...changes,
  };
}

const e2e = `
  const fs = require("node:fs");
  const [folder, text] = process.argv.slice(1);
  const counter = folder + "/runs";
  const count = fs.existsSync(counter) ? fs.readFileSync(counter, "utf8").length : 0;
  fs.appendFileSync(counter, "x");
  const acts = JSON.parse(text);
  const act = acts[Math.min(count, acts.length - 1)];
  const machine = folder + "/machine";
  if (act.print !== undefined) {
    process.stdout.write(typeof act.print === "string" ? act.print : JSON.stringify(act.print));
    process.exitCode = act.exitCode;
  } else if (act.kill) {
    fs.writeFileSync(machine, String(process.pid));
    process.kill(process.pid, act.kill);
  } else {
    fs.writeFileSync(machine, String(process.pid));
    const alive = setInterval(() => {}, 1000);
    let told = false;
    const end = (name) => {
      fs.appendFileSync(folder + "/signals", name + "\\n");
      if (told || act.teardown === "never") return;
      told = true;
      setTimeout(() => {
        fs.rmSync(machine);
        fs.writeFileSync(folder + "/torn-down", "");
        process.stdout.write(JSON.stringify({ tests: [], steps: [], spans: [], cannotProve: [], verdict: "interrupted", id: "x", durationMs: 5 }));
        process.exitCode = 130;
        clearInterval(alive);
      }, act.teardown);
    };
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, end);
    fs.writeFileSync(folder + "/ready", String(process.pid));
  }`;

const gc = `
  const fs = require("node:fs");
  const machine = process.argv[1] + "/machine";
  const removed = [], left = [];
  if (fs.existsSync(machine)) {
    const owner = fs.readFileSync(machine, "utf8");
    let stat = ") X";
    try { stat = fs.readFileSync("/proc/" + owner + "/stat", "utf8"); } catch {}
    if (!/[)] [ZX]/.test(stat)) left.push("machine");
    else { fs.rmSync(machine); removed.push("the machine of " + owner); }
  }
  console.log(JSON.stringify({ removed, left }));`;

/** A green night, for tests; `day` counts from 1 April 2019. */
export const sampleNightlyRun = (day: number, changes: Partial<NightlyRun> = {}): NightlyRun =>
  nightSchema.parse({
    startedAt: new Date(Date.UTC(2019, 3, day, 2)).toISOString(),
    verdict: "passed",
    durationMs: 60_000,
    run: `201904${String(day).padStart(2, "0")}T020003-e2e-42`,
    attempts: [{ verdict: "passed", durationMs: 60_000 }],
    commit: "0123456789ab",
    provider: "nspawn",
    artifactSet: "debian",
    inputs: { guide: "aa", circumstances: "bb" },
    key: "same",
    phases: { up: 2000, apply: 30_000, suites: 20_000 },
    milestones: { etcd: "passed", ping: "passed" },
    tests: { "etcd: leads": "passed", "ping: t72 to t76": "passed" },
    steps: { "2.4.4/start-etcd@t71": "passed" },
    ...changes,
  });
