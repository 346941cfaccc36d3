import type { Connection } from "../../machines/ssh/connection.ts";
import { processRedactor } from "../../secrets/redact.ts";
import { changesUnit } from "../../guide/effects/effects.ts";
import type { StepEffects } from "../step-effects.ts";
import { killer } from "../kill.ts";
import type { UnitFinding, UnitState } from "../../record/blame.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { ask } from "../../machines/ssh/succeed.ts";
import { inShort } from "./last-words.ts";

const properties = "Id,LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,NRestarts,MainPID";

/** Names of the units that the guide writes, starts or stops on a machine. */
export function unitsOn(machine: string, steps: readonly StepEffects[]): string[] {
  const own = steps.flatMap(({ effects }) => effects).filter((effect) => effect.machine === machine);
  const written = own.flatMap(({ does, what }) =>
    does === "writes" ? (/\/([\w@.-]+)\.service$/.exec(what)?.[1] ?? []) : [],
  );
  return [...new Set([...written, ...own.filter(changesUnit).map(({ what }) => what)])];
}

/** The state of units, and the ports that they listen on, of those that a machine has. InfrastructureError if it does not say in time. */
export async function unitStates(connection: Connection, units: readonly string[]): Promise<UnitState[]> {
  if (units.length === 0) return [];
  const answer = await ask(
    connection,
    sh`systemctl show --property=${properties} ${units.join(" ")}; echo; echo LISTENING; ss -ltnp
echo KILLED; journalctl --quiet --no-pager -b -o cat -t ${killer} 2>/dev/null; true`,
  );
  return parseUnits(connection.machine, answer);
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

/**
 * `systemctl show` of several units, a line `LISTENING`, and what `ss -ltnp` prints; then a line `KILLED`, and what was said of units
 * that were killed on purpose: that systemd started these again is no fault of theirs.
 */
export function parseUnits(machine: string, text: string): UnitState[] {
  const [shown = "", more = ""] = text.split("LISTENING\n");
  const [listening = "", killed = ""] = more.split("KILLED\n");
  const sockets = listening.split("\n").flatMap((line) => {
    const port = /^LISTEN\s+\d+\s+\d+\s+\S+:(\d+)\s/.exec(line)?.[1];
    const processes = [...line.matchAll(/pid=(\d+)/g)].map(([, pid = ""]) => pid);
    return port === undefined ? [] : [{ port: Number(port), processes }];
  });
  return shownUnits(shown).flatMap((value) => {
    const id = value.get("Id");
    if (id === undefined || value.get("LoadState") === "not-found") return [];
    const restarts = value.get("NRestarts");
    const unit = id.replace(/\.service$/, "");
    const kills = killed.split("\n").filter((line) => line === `kills ${unit}`).length;
    const pid = value.get("MainPID") ?? "0";
    const ports = sockets.filter(({ processes }) => processes.includes(pid)).map(({ port }) => port);
    return [
      {
        machine,
        unit,
        active: value.get("ActiveState") ?? "",
        sub: value.get("SubState") ?? "",
        enabled: value.get("UnitFileState") ?? "",
        result: value.get("Result") ?? "",
        exitStatus: Number(value.get("ExecMainStatus") ?? 0),
        ...(restarts !== undefined && restarts !== "" && { restarts: Math.max(0, Number(restarts) - kills) }),
        ports: [...new Set(ports)].toSorted((a, b) => a - b),
      },
    ];
  });
}

/** What speaks against a unit, in words; undefined if nothing does. `green` is its state in the last green run. */
export function oddityOf(state: UnitState, green: UnitState | undefined): string | undefined {
  const fault = faultOf(state, green);
  const isEnabled = state.enabled === (green?.enabled ?? "enabled");
  if (isUnstarted(state) && !isEnabled) return `${state.active}, ${unstartedWords(state)}`;
  return fault ?? (isEnabled ? undefined : unstartedWords(state));
}

/** Whether a unit is down only for want of a start: that is up to the step that should start and enable it, not to its file. */
const isUnstarted = ({ active, enabled, result }: UnitState): boolean =>
  enabled === "disabled" && active === "inactive" && result === "success";

/** What is said of a unit that is not enabled. */
export const wouldNotStart = "it would not start with the machine";

const unstartedWords = ({ enabled }: UnitState): string =>
  `${enabled || "without a unit file"}: ${wouldNotStart}`;

/** How a unit is down, or was. */
export function faultOf(state: UnitState, green: UnitState | undefined): string | undefined {
  if (state.active !== "active")
    return `${state.active}, result ${state.result}, exit code ${state.exitStatus}`;
  const restarts = state.restarts ?? 0;
  const usual = green?.restarts ?? (green ? 0 : restarts);
  if (restarts > usual) return `restarted ${restarts} times by systemd, ${usual} in the last green run`;
  return undefined;
}

/** What a unit's program said, in a run that has something red; `usual` are templates of what it said in a green one, if there is one. */
export type UnitWords = {
  readonly machine: string;
  readonly unit: string;
  readonly lines: readonly string[];
  readonly usual: ReadonlySet<string> | undefined;
};

const most = 2000;

/** What a unit has said in its last seconds, or ever, in its journal and in files of its own; redacted. */
export async function wordsOf(connection: Connection, unit: string, seconds: number): Promise<string[]> {
  const since = seconds === Infinity ? "" : `--since=-${Math.ceil(seconds)}s`;
  const { stdout } = await connection.exec(
    sh`${ownFiles(unit, most)}
${withoutStacks(sh`journalctl --no-pager --quiet -o short -u ${unit} ${since}`, most)}`,
    { limit: "question" },
  );
  return processRedactor.text(stdout).split("\n").filter(Boolean);
}

/** Lines of a journal among which a program that ended printed its stacks: a kubelet of 1.20 prints 12,000 at each end. */
const searched = 40_000;

/** A call of journalctl(1) in shell, without the stacks of Go's goroutines, which are longer than what is kept: the last `lines`. */
export const withoutStacks = (journalctl: string, lines: number): string => {
  const stack = [
    String.raw`goroutine [0-9]+ \[`,
    "created by ",
    String.raw`[^ ]+\(([{]*0x[0-9a-f]+.*|\.\.\.|)\)$`,
    String.raw`[[:space:]]+[^ ]+\.go:[0-9]+( \+0x[0-9a-f]+)?$`,
    "$",
  ];
  return sh`${journalctl} -n ${searched} | grep -avE '\]: (${stack.join("|")})' | tail -n ${lines} | cut -c -4096`;
};

/** What became of a unit, for a sentence. */
export const describeFinding = ({
  unit,
  state,
  said,
}: Pick<UnitFinding, "unit" | "state" | "said">): string =>
  `${unit} did not stay up: ${[state, said && inShort(said)].filter(Boolean).join(": ")}`;

/** Minutes in which a file must have been written to be of this run. */
const recent = 60;

/**
 * Shell text that prints the last lines of the files into which a unit's program writes what it says, if it does not leave that to
 * the journal: by systemd (`StandardOutput=append:…`), by the shell (`>> …`), or by klog's options (`--log-dir`, `--log-file`;
 * without either it writes to /tmp). Systemd's own words for it are in the unit, options may be in its settings.
 */
export const ownFiles = (unit: string, lines: number): string => sh`
unit_text=$(systemctl cat ${unit} 2>/dev/null)
unit_text=$unit_text$(echo; echo "$unit_text" | sed -n 's/^EnvironmentFile=-\{0,1\}//p' | while read -r file; do cat $file 2>/dev/null; done)
unit_program=$(echo "$unit_text" | sed -n 's/^ExecStart=[-@:+!]*\([^ ]*\).*/\1/p' | tail -n 1)
unit_option() { echo "$unit_text" | grep -oE -e "--?log[-_]$1[= ]+[\"']?/[^\"' ]+" | sed 's/^[^/]*//'; }
{
  echo "$unit_text" | sed -n 's/^Standard\(Output\|Error\)=\(file\|append\|truncate\)://p'
  echo "$unit_text" | grep -oE '>>? */[^ ;&"]+' | sed 's/^[> ]*//'
  unit_option file
  for dir in $(unit_option dir) /tmp; do echo "$dir/$(basename "$unit_program").INFO"; done
} | sort -u | while read -r file; do
  [ -f "$file" ] && [ -n "$(find -L "$file" -mmin -${recent})" ] && tail -n ${lines} "$file" | cut -c -4096
done; true`;
