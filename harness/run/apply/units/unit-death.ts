import { randomUUID } from "node:crypto";
import {
  GuideFailure,
  type HarnessError,
  InfrastructureError,
  NotPossibleHere,
  UsageError,
} from "../../../errors.ts";
import { visible } from "../../../input/odd-characters.ts";
import type { Step } from "../../../guide/types.ts";
import { limitationShown } from "../../../machines/limitations.ts";
import type { Limitation } from "../../../machines/machine.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import type { UnitFinding } from "../../../record/blame.ts";
import { processRedactor } from "../../../secrets/redact.ts";
import {
  fatalLine,
  inShort,
  isTelling,
  lastStatus,
  tellingLines,
  upToEnd,
} from "../../../blame/units/last-words.ts";
import { describeFinding, ownFiles, withoutStacks } from "../../../blame/units/units.ts";
import {
  gapLines,
  gapsIn,
  gapsScript,
  type JournalGaps,
  suppressedWords,
} from "../../evidence/journals/collect.ts";
import { sh } from "../../../machines/ssh/sh.ts";
import type { Watched } from "./watched-units.ts";

/** A unit that a step started will not come up by itself. */
export class UnitDied extends GuideFailure {}

/** A step's failure with what became of its unit, in the words of the step's record; the unit's own, if that was judged otherwise. */
export function explained(failure: HarnessError, death: NonNullable<Watched["death"]>): HarnessError {
  const Kind = [GuideFailure, UsageError, InfrastructureError].find((kind) => failure instanceof kind);
  if (!Kind || death.failure.verdict !== failure.verdict) return death.failure;
  const { message, details, cause } = failure;
  return new Kind(`${message}; ${describeFinding(death.finding)}`, {
    ...details,
    ...(cause !== undefined && { cause }),
  });
}

const keptLines = 20;

/** The end of what a unit said, in files of its own and in its journal, and what this does not have; not redacted. */
export type UnitJournal = { readonly text: string; readonly gaps: JournalGaps };

/** Asks for the end of what a unit said. */
export async function journalOf(connection: Connection, unit: string): Promise<UnitJournal> {
  // Nothing that a program prints is taken for the end of it.
  const mark = `-- ${randomUUID()}`;
  const { stdout } = await connection.exec(
    // What a program said just before it ended may not be in the journal yet; systemd 219 has no --sync.
    sh`${ownFiles(unit, 1000)}
journalctl --sync 2>/dev/null; ${withoutStacks(sh`journalctl --no-pager --quiet -o short-precise -u ${unit}`, 1000)}; echo "${mark}"
${gapsScript()}`,
    { limit: "question" },
  );
  const [text = "", gaps = ""] = stdout.split(`${mark}\n`);
  return { text, gaps: gapsIn(gaps) };
}

/** What became of a unit, from what `systemctl show` and its journal say. */
export function findingOf(
  { machine, unit, step, restarts }: Pick<Watched, "machine" | "unit" | "step" | "restarts">,
  state: ReadonlyMap<string, string>,
  { text, gaps }: UnitJournal,
  dead: boolean,
): Omit<UnitFinding, "at"> {
  const said = fatalLine(text);
  const dropped = gaps.suppressed.get(unit);
  const result = state.get("Result");
  const words = [
    howIt(state, dead, restarts),
    ...(result === "success" ? [] : [`result ${result}`]),
    // systemd forgets it with the next start.
    `exit code ${Number(state.get("ExecMainStatus")) || lastStatus(text) || 0}`,
    `${state.get("NRestarts") || restarts} restarts`,
    // The reason may be among them.
    ...(dropped === undefined ? [] : [suppressedWords(dropped)]),
  ];
  return {
    machine,
    unit,
    step: step.key,
    state: words.join(", "),
    dead,
    ...(said !== undefined && { said: visible(said) }),
  };
}

function howIt(state: ReadonlyMap<string, string>, dead: boolean, restarts: number): string {
  if (!dead) return "restarted";
  if (state.get("ActiveState") === "failed") return "failed";
  const again = restarts > 0 || state.get("SubState") === "auto-restart";
  return again ? "started again and again" : `still ${state.get("ActiveState")}`;
}

/** A unit's death as the failure of the step that started it; NotPossibleHere if it says that it lacks what these machines do not have. */
export function failureOf(
  step: Step,
  finding: UnitFinding,
  { text, gaps }: UnitJournal,
  limitations: readonly Limitation[],
): UnitDied | NotPossibleHere {
  const { machine, unit } = finding;
  const fatal = fatalLine(text);
  const ended = upToEnd(text.split("\n").filter(Boolean), fatal);
  const lines = [...gapLines(unit, gaps), ...tellingLines(ended, keptLines)];
  const details = {
    machine,
    step: step.key,
    location: step.location,
    ...(lines.length > 0 && { unitJournal: lines.join("\n") }),
  };
  const message = `${step.key}: ${describeFinding(finding)}`;
  const limit = limitationShown(fatal ?? "", limitations);
  if (limit) return new NotPossibleHere(`${message}: ${limit.reason}`, details);
  return new UnitDied(message, {
    ...details,
    hint: `The step starts ${unit}; see what it says, and the steps that wrote its unit and its settings.`,
  });
}

/** The failure of a step in which systemd could not start a unit, with what its program says. */
export async function unstarted(
  failure: GuideFailure,
  connections: readonly Connection[],
): Promise<GuideFailure> {
  const { message, details } = failure;
  const unit = /^Job for (\S+?)(?:\.service)? failed/m.exec(details.outputTail ?? "")?.[1];
  const connection = connections.find(({ machine }) => machine === details.machine);
  if (unit === undefined || !connection) return failure;
  const said = await journalOf(connection, unit).then(
    ({ text }) => fatalLine(processRedactor.text(text)),
    () => undefined,
  );
  if (said === undefined || !isTelling(said)) return failure;
  return new GuideFailure(`${message}; ${unit} did not start: ${visible(inShort(said))}`, details);
}
