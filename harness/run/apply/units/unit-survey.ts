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

/** Looks at all services now; what is given looks again, for those started or failed since. InfrastructureError if a machine is silent. */
export async function surveyUnits(
  connections: readonly Connection[],
): Promise<() => Promise<{ readonly machine: string; readonly unit: string }[]>> {
  const look = (): Promise<Services[]> => Promise.all(connections.map(servicesOf));
  const before = await look();
  return async () =>
    (await look()).flatMap((services, index) =>
      [...services]
        .filter(([unit, state]) => ![state, starting].includes(before[index]?.get(unit) ?? ""))
        .map(([unit]) => ({ machine: connections[index]?.machine ?? "", unit })),
    );
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

/** The step whose affair a machine's unit is; undefined if the guide stopped it since, or has nothing to do with it. */
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
