import type { Connection } from "../machines/ssh/connection.ts";
import type { Redactor } from "../secrets/redact.ts";
import { changesUnit } from "../guide/effects/effects.ts";
import type { StepEffects } from "./step-effects.ts";
import type { UnitFinding, UnitState } from "../record/blame.ts";
import { sh } from "../machines/ssh/sh.ts";

const properties = "Id,LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,NRestarts,MainPID";

/** Lines of a unit's journal that are kept. */
const journalLines = 12;

/** Names of the units that the guide writes, starts or stops on a machine. */
export function unitsOn(machine: string, steps: readonly StepEffects[]): string[] {
  const own = steps.flatMap(({ effects }) => effects).filter((effect) => effect.machine === machine);
  const written = own.flatMap(({ does, what }) =>
    does === "writes" ? (/\/([\w@.-]+)\.service$/.exec(what)?.[1] ?? []) : [],
  );
  return [...new Set([...written, ...own.filter(changesUnit).map(({ what }) => what)])];
}

/** Asks a machine for the state of units and the ports that they listen on; units that it does not have are left out. */
export async function unitStates(connection: Connection, units: readonly string[]): Promise<UnitState[]> {
  if (units.length === 0) return [];
  const { stdout } = await connection.exec(
    sh`systemctl show --property=${properties} ${units.join(" ")}; echo; echo LISTENING; ss -ltnp`,
    { limit: "question" },
  );
  return parseUnits(connection.machine, stdout);
}

/** Blocks of properties, as `systemctl show` prints them for several units; in the order in which these were named. */
export const shownUnits = (text: string): ReadonlyMap<string, string>[] =>
  text
    .trim()
    .split("\n\n")
    .map(
      (block) =>
        new Map(
          block.split("\n").map((line): [string, string] => {
            const equals = line.indexOf("=");
            return [line.slice(0, equals), line.slice(equals + 1)];
          }),
        ),
    );

/** `systemctl show` of several units, a line `LISTENING`, and what `ss -ltnp` prints. */
export function parseUnits(machine: string, text: string): UnitState[] {
  const [shown = "", listening = ""] = text.split("LISTENING\n");
  const sockets = listening.split("\n").flatMap((line) => {
    const port = /^LISTEN\s+\d+\s+\d+\s+\S+:(\d+)\s/.exec(line)?.[1];
    const processes = [...line.matchAll(/pid=(\d+)/g)].map(([, pid = ""]) => pid);
    return port === undefined ? [] : [{ port: Number(port), processes }];
  });
  return shownUnits(shown).flatMap((value) => {
    const id = value.get("Id");
    if (id === undefined || value.get("LoadState") === "not-found") return [];
    const restarts = value.get("NRestarts");
    const pid = value.get("MainPID") ?? "0";
    const ports = sockets.filter(({ processes }) => processes.includes(pid)).map(({ port }) => port);
    return [
      {
        machine,
        unit: id.replace(/\.service$/, ""),
        active: value.get("ActiveState") ?? "",
        sub: value.get("SubState") ?? "",
        enabled: value.get("UnitFileState") ?? "",
        result: value.get("Result") ?? "",
        exitStatus: Number(value.get("ExecMainStatus") ?? 0),
        ...(restarts !== undefined && restarts !== "" && { restarts: Number(restarts) }),
        ports: [...new Set(ports)].toSorted((a, b) => a - b),
      },
    ];
  });
}

/** What speaks against a unit, in words; undefined if nothing does. `green` is its state in the last green run. */
export function oddityOf(state: UnitState, green: UnitState | undefined): string | undefined {
  if (state.active !== "active")
    return `${state.active}, result ${state.result}, exit code ${state.exitStatus}`;
  if (state.enabled !== (green?.enabled ?? "enabled")) {
    return `${state.enabled || "without a unit file"}: it would not start with the machine`;
  }
  const restarts = state.restarts ?? 0;
  // The suites crash some units on purpose, in green runs, too.
  const usual = green?.restarts ?? (green ? 0 : restarts);
  if (restarts > usual) return `restarted ${restarts} times by systemd, ${usual} in the last green run`;
  return undefined;
}

/**
 * A unit's journal between two moments, in seconds before now by the machine's own clock; redacted, at most a dozen
 * lines, those that look like errors first to stay. Undefined if there is nothing.
 */
export async function journalWindow(
  connection: Connection,
  unit: string,
  window: { readonly from: number; readonly to: number },
  redactor: Redactor,
): Promise<string | undefined> {
  const [since, until] = [Math.ceil(window.from), Math.floor(window.to)];
  const { stdout } = await connection.exec(
    withoutStacks(
      sh`journalctl --no-pager --quiet -o short -u ${unit} --since=-${since}s --until=-${until}s`,
      2000,
    ),
    { limit: "question" },
  );
  const kept = tellingLines(redactor.text(stdout).trimEnd().split("\n").filter(Boolean));
  return kept.length > 0 ? kept.join("\n") : undefined;
}

/** Lines of a journal among which a program that ended printed its stacks: a kubelet of 1.20 prints 12,000 at each end. */
const searched = 40_000;

/**
 * A call of journalctl(1) in shell, without the stacks of Go's goroutines: the last `lines` of what is left. A program's
 * last words stand before its stacks, which are longer than any number of lines that is kept.
 */
export const withoutStacks = (journalctl: string, lines: number): string => {
  const stack = [
    String.raw`goroutine [0-9]+ \[`,
    "created by ",
    String.raw`[^ ]+\(([{]*0x[0-9a-f]+.*|\.\.\.|)\)$`,
    String.raw`[[:space:]]+[^ ]+\.go:[0-9]+( \+0x[0-9a-f]+)?$`,
    "$",
  ];
  return sh`${journalctl} -n ${searched} | grep -avE '\]: (${stack.join("|")})' | tail -n ${lines}`;
};

/** klog's E and F, and words that go with failure. */
const telling =
  /\s[EF]\d{4} |error|fail|refused|denied|unauthorized|fatal|panic|cannot|invalid|not found|x509|expired/i;

/** A line of a program's list of its options. */
const option = /\]: \s+--?\w/;

/** The last lines that look like errors, filled up with the last others, in their order. */
export function tellingLines(lines: readonly string[], most = journalLines): string[] {
  const numbered = lines.map((line, index) => ({
    line,
    index,
    tells: telling.test(line) && !option.test(line),
  }));
  const errors = numbered.filter(({ tells }) => tells).slice(-most);
  const others = numbered.filter(({ tells }) => !tells);
  const rest = errors.length < most ? others.slice(-(most - errors.length)) : [];
  return [...errors, ...rest].toSorted((a, b) => a.index - b.index).map(({ line }) => line);
}

/** Words of a program that ends, klog's F first. */
const fatal = [
  /^F\d{4} /,
  /panic:|fatal|unknown flag|not defined|invalid|cannot|failed to|failed: |error/i,
  telling,
];

/** Time, host and process in front of a journal's line. */
const front = /^\w{3} [ \d]\d [\d:.]+ \S+ (\S+?)(?:\[\d+\])?: /;

/** Words of systemd where a program could not be started at all, those that tell why first; see systemd.exec(5). */
const unstarted = [
  /Failed (?:at step|to load environment files|to locate executable)/,
  /Failed to run '|status=2[0-4]\d\/[A-Z]/,
];

/**
 * The last line of a journal in which a program says why it ends, or systemd why it could not start it since; undefined if
 * there is none. What else systemd says is no reason, nor are indented lines: options and stacks.
 */
export function fatalLine(journal: string): string | undefined {
  const lines = journal
    .split("\n")
    // A name in parentheses is systemd's, too, before it has become the program.
    .map((line) => ({
      systemd: /^systemd$|^\(/.test(front.exec(line)?.[1] ?? ""),
      said: line.replace(front, ""),
    }))
    .filter(({ said }) => /^\S/.test(said) && !said.startsWith("-- "));
  const since = lines.slice(lines.findLastIndex(({ systemd }) => !systemd) + 1);
  const ofProgram = lines.filter(({ systemd }) => !systemd);
  // Whatever words are in it, klog's I is no complaint.
  const complaints = ofProgram.filter(({ said }) => !/^I\d{4} /.test(said));
  const found = [
    ...unstarted.map((words) => since.findLast(({ said }) => words.test(said))),
    ...fatal.map((words) => complaints.findLast(({ said }) => words.test(said))),
    ofProgram.at(-1),
  ];
  return found.find(Boolean)?.said;
}

/** Status of the last process that ended, as systemd words it: `Main process exited, code=exited, status=255/EXCEPTION`. */
export const lastStatus = (journal: string): number | undefined => {
  const status = [...journal.matchAll(/main process exited, .*status=(\d+)/gi)].at(-1)?.[1];
  return status === undefined ? undefined : Number(status);
};

/** What became of a unit, for a sentence. */
export const describeFinding = ({
  unit,
  state,
  said,
}: Pick<UnitFinding, "unit" | "state" | "said">): string =>
  `${unit} did not stay up: ${[state, said].filter(Boolean).join(": ")}`;
