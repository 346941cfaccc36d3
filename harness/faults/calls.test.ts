import { mkdir, symlink } from "node:fs/promises";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { Provider } from "../machines/machine.ts";
import type { Reporter } from "../record/events.ts";
import { runWithFault, type FaultedRun, type Exemptions, useStateFolder } from "./run-with-fault.ts";
import { type Case, casesOf } from "./table.ts";
import { isPoint, type Point } from "./points.ts";
import type { Answer } from "./scripted-machine.ts";
import { FaultTestbed, longTimeout, patient } from "./world.ts";

useStateFolder();

const never = (): Promise<never> => new Promise(() => undefined);

/** At the point: what happens to the call or the machines. */
const calls: Readonly<Record<string, (hit: FaultTestbed) => Promise<unknown> | void>> = {
  fails: () => {
    throw new Error("no such luck");
  },
  never,
  frozen: (hit) => {
    hit.freeze();
    return never();
  },
  cut: (hit) => hit.cut(),
};

const point = (row: string): Point => {
  const name = `in ${row}`;
  if (isPoint(name)) return name;
  throw new Error(`The table has an unknown boundary: ${row}`);
};

const spared = ({ row, column }: Case): Exemptions => ({
  machines: row === "down",
  reports: row === "report" && column === "never",
});

test.concurrent.each(casesOf("A call that fails, or never returns"))(
  "$row, $column: $verdict",
  longTimeout,
  async (each) => {
    const { row, column, verdict } = each;
    const hit = calls[column];
    if (!hit) throw new Error(`The table has an unknown fault: ${column}`);
    const hangs = column === "never" || column === "frozen";
    // On a busy host a short run may be over before it comes to its point: then it says nothing, and has more time.
    for (let hurry = 2000; ; hurry *= 2) {
      let reached = !hangs;
      const ended = await runWithFault((made) => {
        if (hangs) made.hurry = hurry;
        if (row === "connect") return column === "frozen" ? made.mute(() => (reached = true)) : made.vanish();
        return made.hits.set(point(row), () => {
          reached = true;
          return hit(made);
        });
      }, spared(each));
      if (!reached) continue;
      expect(ended).toEqual({ verdict, problems: [] });
      return;
    }
  },
);

/** What wget says of the host that it asked, and its exit code. */
const refused = (status: string): Answer => ({
  exitCode: 8,
  stdout: `2026-11-28 20:06:12 ERROR ${status}.\n`,
});
const answers: Readonly<Record<string, Answer>> = {
  "exit code 1": { exitCode: 1 },
  "in vain": { stdout: "Pending\n" },
  "403": refused("403: Forbidden"),
  "503 once": refused("503: Service Unavailable"),
  "no such host": { exitCode: 4, stdout: "wget: unable to resolve host address ‘dl.example.org’\n" },
  "404": refused("404: Not Found"),
  unreachable: {
    exitCode: 4,
    stdout: "Connecting to dl.example.org|192.0.2.7|:443... failed: Connection refused.\n",
  },
};

test.concurrent.each(casesOf("What a machine answers"))(
  "$row, $column: $verdict",
  longTimeout,
  async ({ row, column, verdict }) => {
    const [said = "", starved] = column.split(", ");
    const answer = answers[said];
    if (!answer) throw new Error(`The table has an unknown answer: ${column}`);
    let asked = 0;
    const answered = (): Answer => (column.endsWith("once") && (asked += 1) > 1 ? {} : answer);
    const ended = await runWithFault((made) => {
      if (starved) made.load = { cores: 2, load: 27, runnable: 26, stalled: { cpu: 100 } };
      return made.hits.set(point(row), answered);
    });
    expect(ended).toEqual({ verdict, problems: [] });
  },
);

test.concurrent.each(casesOf("The suites' process"))(
  "suites, $row: $verdict",
  longTimeout,
  async ({ row, verdict }) => {
    const ended = await runWithFault((made) => {
      made.suites = row;
      // All but the run itself has a short time: on a slow host it would be over before its suites.
      if (/silent|hangs|deaf/.test(row)) made.hurry = patient;
    });
    expect(ended).toEqual({ verdict, problems: [] });
  },
);

test.concurrent.each([
  ["which works", () => Promise.resolve(), /^t72 was without power: /m],
  ["which fails", () => Promise.reject(new Error("no such luck")), /t72 is without power: .*no such luck/],
] as const)(
  "the fault that suites were ended in is undone, %s, and no machine is blamed for it",
  longTimeout,
  async (_, powerOn, said) => {
    const switched: string[] = [];
    await using world = await FaultTestbed.make((given) => {
      let running: Awaited<ReturnType<Provider["open"]>>;
      return {
        ...given,
        async up(...asked) {
          running = await given.up(...asked);
          return running;
        },
        open: async () => running,
        powerOn: async (_id, machine) => {
          switched.push(machine);
          await powerOn();
        },
      };
    });
    world.suites = "ended in a fault";
    const notes: string[] = [];
    world.reporters.push({
      name: "notes",
      write: async () => [],
      onEvent: (event) => {
        if (event.type === "note") notes.push(event.message);
        if (event.type === "test-start") world.host.emit("unhandledRejection", new Error("the run's end"));
      },
    });
    const record = await world.run({}, async (run) => {
      await run.plan();
      await run.request({ suites: ["faults"] });
      await run.up(await run.prepare());
      await run.suites(["faults"]);
    });
    expect(switched).toEqual(["t72"]);
    const told = [...notes, JSON.stringify(record)].join("\n");
    expect(told).toMatch(said);
    expect(told).not.toMatch(/does not answer|Not all machines answered/);
  },
);

const thrower = (reporter: Omit<Reporter, "name">): Reporter => ({ name: "thrower", ...reporter });
const fail = (): never => {
  throw new Error("no room");
};

/** A file of the run's folder, as soon as there is one, is something else. */
const instead = (name: string, make: (file: string) => void) => (made: FaultTestbed) =>
  made.reporters.unshift({
    name: "saboteur",
    onEvent: ({ type, ...event }) => {
      if (type === "run-start" && "id" in event) make(join(made.folder, "reports", event.id, name));
    },
  });

const reports: Readonly<Record<string, (made: FaultTestbed) => unknown>> = {
  "a reporter throws at its first event": (made) => made.reporters.push(thrower({ onEvent: fail })),
  "a reporter throws at a test": (made) =>
    made.reporters.push(thrower({ onEvent: ({ type }) => (type === "test-end" ? fail() : undefined) })),
  "a reporter throws while it writes": (made) => made.reporters.push(thrower({ write: async () => fail() })),
  "a reporter throws while it tells": (made) => made.reporters.push(thrower({ tell: async () => fail() })),
  "a reporter names a file that is not there": (made) =>
    made.reporters.push(thrower({ write: async () => ["nothing.xml"] })),
  "run.json has no room (ENOSPC)": instead("run.json", (file) => symlinkSync("/dev/full", file)),
  "steps.xml cannot be opened (EISDIR)": instead("steps.xml", (file) => void mkdir(file)),
  "the journal has no room (ENOSPC)": instead("journal.jsonl", (file) => symlinkSync("/dev/full", file)),
  "the folder for temporary files is not there": (made) => vi.stubEnv("TMPDIR", join(made.folder, "nowhere")),
};

const reportCases = casesOf("Reports");
// The environment is that of all tests.
const isSerial = ({ row }: Case): boolean => row.includes("temporary files");

async function reported({ row }: Case): Promise<FaultedRun> {
  const hit = reports[row];
  if (!hit) throw new Error(`The table has an unknown fault: ${row}`);
  return runWithFault(hit, { reports: /ENOSPC|EISDIR|tells/.test(row) });
}

test.concurrent.each(reportCases.filter((each) => !isSerial(each)))(
  "$row: $verdict",
  longTimeout,
  async (each) => {
    expect(await reported(each)).toEqual({ verdict: each.verdict, problems: [] });
  },
);

test.each(reportCases.filter(isSerial))("$row: $verdict", longTimeout, async (each) => {
  const before = process.env["TMPDIR"];
  expect(await reported(each)).toEqual({ verdict: each.verdict, problems: [] });
  vi.stubEnv("TMPDIR", before);
});

test("there is no run without a folder for its reports", async () => {
  await expect(
    runWithFault((made) => symlink("/dev/null", join(made.folder, "reports"))),
  ).rejects.toMatchObject({
    verdict: "harness",
    message: expect.stringContaining("There can be no report"),
  });
});
