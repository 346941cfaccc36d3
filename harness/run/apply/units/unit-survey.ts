import type { Effect, Step, StepGroup } from "../../../guide/types.ts";
import type { Connection } from "../../../machines/ssh/connection.ts";
import { shownUnits } from "../../../blame/units/units.ts";
import { sh } from "../../../machines/ssh/sh.ts";
import { succeed } from "../../../machines/ssh/succeed.ts";

/** Whether a unit is started or stopped, on whichever machine. */
export const turns = ({ does }: Effect): boolean => does === "starts" || does === "stops";

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
  const stdout = await succeed(
    connection,
    sh`systemctl show '*.service' --property=Id,ActiveState,InactiveExitTimestampMonotonic`,
    "systemctl did not say what the services are like",
    { limit: "question", hint: "See what keeps the machine busy." },
  );
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
 * The step whose affair a machine's unit is: the last that starts it; else the last with a command that names it and that
 * nobody could follow; else the last that writes its file. Undefined if the guide stopped it since, or has nothing to do
 * with it.
 */
export function ownerOf(unit: string, machine: string, groups: readonly StepGroup[]): Step | undefined {
  const all = groups
    .flatMap((group) => group.steps)
    .flatMap((step) => step.effects.map((effect) => ({ step, ...effect })))
    .filter((effect) => effect.machine === machine);
  const file = `${unit}.service`;
  const names = (text: string): boolean =>
    text.split(/[^\w@.-]+/).some((word) => word === unit || word === file);
  const last = all.findLast((effect) => effect.what === unit && turns(effect));
  if (last) return last.does === "starts" ? last.step : undefined;
  const owner =
    all.findLast(({ does, what }) => does === "unknown" && names(what)) ??
    all.findLast(({ does, what }) => does === "writes" && what.endsWith(`/${file}`));
  return owner?.step;
}
