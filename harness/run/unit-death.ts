import { GuideFailure } from "../errors.ts";
import type { Step } from "../guide/types.ts";
import type { Connection } from "../machines/ssh/connection.ts";
import type { UnitFinding } from "./blame/types.ts";
import { describeFinding, fatalLine, lastStatus, tellingLines, withoutStacks } from "./blame/units.ts";

/** A unit that a step started will not come up by itself. */
export class UnitDied extends GuideFailure {}

/** Lines of the unit's journal that the failure keeps. */
const keptLines = 20;

/** The end of a unit's journal; not redacted. */
export async function journalOf(connection: Connection, unit: string): Promise<string> {
  const { stdout } = await connection.exec(
    // What a program said just before it ended may not be in the journal yet; systemd 219 has no --sync.
    `journalctl --sync 2>/dev/null; ${withoutStacks(`journalctl --no-pager --quiet -o short-precise -u ${unit}`, 1000)}`,
    { limit: "question" },
  );
  return stdout;
}

/** What became of a unit, from what `systemctl show` and its journal say. */
export function findingOf(
  { unit, step, restarts }: { readonly unit: string; readonly step: Step; readonly restarts: number },
  state: ReadonlyMap<string, string>,
  journal: string,
  dead: boolean,
): Omit<UnitFinding, "at"> {
  const said = fatalLine(journal);
  const result = state.get("Result");
  const words = [
    !dead ? "restarted" : state.get("ActiveState") === "failed" ? "failed" : "started again and again",
    ...(result === "success" ? [] : [`result ${result}`]),
    // systemd forgets it with the next start.
    `exit code ${Number(state.get("ExecMainStatus")) || lastStatus(journal) || 0}`,
    `${state.get("NRestarts") || restarts} restarts`,
  ];
  return {
    machine: step.machine,
    unit,
    step: step.key,
    state: words.join(", "),
    dead,
    ...(said !== undefined && { said }),
  };
}

/** A unit's death as the failure of the step that started it. */
export function failureOf(step: Step, finding: UnitFinding, journal: string): UnitDied {
  const lines = tellingLines(journal.split("\n").filter(Boolean), keptLines);
  const { unit } = finding;
  return new UnitDied(`${step.key}: ${describeFinding(finding)}`, {
    machine: step.machine,
    step: step.key,
    location: step.location,
    ...(lines.length > 0 && { unitJournal: lines.join("\n") }),
    hint: `The step starts ${unit}; see what it says, and the steps that wrote its unit and its settings.`,
  });
}
