import { InfrastructureError } from "../../errors.ts";
import type { Step, StepGroup, UnitCall } from "../../guide/types.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { starts, stops, unitCommands } from "../../blame/unit-commands.ts";
import { shownUnits } from "../../blame/units.ts";
import { sh } from "../../machines/ssh/sh.ts";

/** The calls of systemctl by which a step starts or stops units, on whichever machine. */
export function callsOf({ action, machine, unitCalls }: Step): readonly UnitCall[] {
  const read = action.kind === "run" ? unitCommands(action.script) : [];
  const calls = unitCalls ?? read.map((call): UnitCall => Object.assign(call, { machine }));
  return calls.filter((call) => starts(call) || stops(call));
}

/** Services by name, as far as it tells whether one was started or has failed since. */
type Services = ReadonlyMap<string, string>;

/** What was not up when the look began, and is being started again and again, is not what happened since. */
const starting = "activating";

/** What all services of the machines were like before the guide's steps, so that what these did to them can be told. */
export class UnitSurvey {
  readonly #connections: readonly Connection[];
  #before: ReadonlyMap<string, Services> | undefined;

  constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  /** Looks at the machines as they are now. InfrastructureError if one does not say. */
  async begin(): Promise<void> {
    this.#before = await this.#look();
  }

  /** Machines and units that were started, or have failed, since it began. InfrastructureError if a machine does not say. */
  async changed(): Promise<{ readonly machine: string; readonly unit: string }[]> {
    if (!this.#before) return [];
    const before = this.#before;
    return [...(await this.#look())].flatMap(([machine, services]) =>
      [...services]
        .filter(([unit, state]) => ![state, starting].includes(before.get(machine)?.get(unit) ?? ""))
        .map(([unit]) => ({ machine, unit })),
    );
  }

  async #look(): Promise<ReadonlyMap<string, Services>> {
    const asked = this.#connections.map(async (connection): Promise<[string, Services]> => [
      connection.machine,
      await servicesOf(connection),
    ]);
    return new Map(await Promise.all(asked));
  }
}

async function servicesOf(connection: Connection): Promise<Services> {
  const { machine } = connection;
  const { stdout, timedOut } = await connection.exec(
    sh`systemctl show '*.service' --property=Id,ActiveState,InactiveExitTimestampMonotonic`,
    { limit: "question" },
  );
  if (timedOut) {
    throw new InfrastructureError(`${machine} did not say what its units are like`, {
      machine,
      hint: "See what keeps the machine busy.",
    });
  }
  return new Map(
    shownUnits(stdout).flatMap((state) => {
      const unit = state.get("Id")?.replace(/\.service$/, "");
      const active = state.get("ActiveState") ?? "";
      const since = state.get("InactiveExitTimestampMonotonic") ?? "";
      const told = active === starting ? starting : `${active === "failed" ? active : ""} ${since}`;
      return unit === undefined ? [] : [[unit, told]];
    }),
  );
}

/**
 * The step whose affair a machine's unit is: the last that starts it; of what nobody can read, the last that calls systemctl
 * and names it; else the last that writes it. Undefined if the guide stopped it since, or has nothing to do with it.
 */
export function ownerOf(unit: string, machine: string, groups: readonly StepGroup[]): Step | undefined {
  const steps = groups.flatMap((group) => group.steps);
  const last = steps
    .flatMap((step) => callsOf(step).map((call) => ({ step, call })))
    .findLast(({ call }) => call.machine === machine && call.units.includes(unit));
  if (last) return starts(last.call) ? last.step : undefined;
  const name = unit.replaceAll(/[.+]/g, String.raw`\$&`);
  const named = new RegExp(String.raw`(?<![\w@.-])${name}(?![\w@-]|\.(?!service\b)\w)`);
  const file = new RegExp(String.raw`(?<![\w@.-])${name}\.service\b`);
  const calls = ({ action }: Step): boolean =>
    action.kind === "run" && /\b(?:systemctl|service)\b/.test(action.script) && named.test(action.script);
  const writes = ({ action }: Step): boolean =>
    file.test(action.kind === "run" ? action.script : action.path);
  const own = steps.filter((step) => step.machine === machine);
  const elsewhere = (step: Step): boolean =>
    calls(step) && step.action.kind === "run" && /\bssh\b|\s(?:-H|--host)\b/.test(step.action.script);
  return own.findLast(calls) ?? own.findLast(writes) ?? steps.findLast(elsewhere);
}
