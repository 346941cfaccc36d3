import { changesUnit } from "../../guide/effects/effects.ts";
import type { ResourceAccess, SuspectUnit, UnitState } from "../../record/blame.ts";
import type { TestRecord } from "../../record/record.ts";
import type { Evidence, Known, Trail } from "../evidence.ts";
import { isOfTime, saysWhy } from "../judge.ts";
import { complaintOf, fatalLine, isTelling, tellingLines, template, upToEnd } from "./last-words.ts";
import { leadsOf, namesPort } from "../trace.ts";
import { covers, machinesIn, type Named, weights } from "../rank.ts";
import { faultOf, oddityOf } from "./units.ts";

const mostUnits = 4;

/** How it begins what is odd about a unit that is up. */
export const complaining = "complaining: ";

/** Units that were looked at, that guarded sections start, or that are down or complain; those that are not as they should be first. */
export function suspectUnits(trail: Trail, known: Known): SuspectUnit[] {
  const { units, green, run, words = [] } = known;
  // While a suite keeps a part down, others say that it does not answer, or lose what they had to renew.
  const isDisturbed = run.tests.some(({ fault }) => fault !== undefined);
  const guarded = guardedUnits(trail, known);
  const { meant, stopped, awaited } = intended(known);
  return units
    .flatMap((state) => {
      const name = `${state.machine} ${state.unit}`;
      const is = ({ machine, unit }: Pick<UnitState, "machine" | "unit">): boolean =>
        machine === state.machine && unit === state.unit;
      const before = green?.units?.find(is);
      const said = words.find(is);
      const looked = looksAt(trail, state);
      const concerned = looked.length > 0 || guarded.has(name);
      // What was never started, or would not start with the machine, is nobody's cause by itself; what was stopped is to be down.
      const failed = meant.has(name) || state.active === "failed";
      const fault =
        concerned && !stopped.has(name) && !awaited.has(name) ? oddityOf : failed ? faultOf : undefined;
      const found = said && complaintOf(said.lines, said.usual);
      const isOfFault = isDisturbed && found !== undefined && !saysWhy({ said: found });
      const complaint = isOfFault ? undefined : found;
      const seen = fault?.(state, before);
      const told =
        seen === undefined || trail.later === undefined ? seen : `${seen} (seen after ${trail.later})`;
      const odd = told ?? (complaint === undefined ? undefined : `${complaining}${complaint}`);
      if (!concerned && odd === undefined) return [];
      const all = said?.lines ?? [];
      const own = seen === undefined ? all : upToEnd(all, fatalLine(all.join("\n")));
      const telling = own.filter(isTelling);
      // What a unit that is up says in green runs, too, only hides what it says in none.
      const unusual = telling.filter((line) => said?.usual?.has(template(line)) !== true);
      const quoted = odd === undefined ? unusual : telling.length > 0 ? telling : own;
      const journal = tellingLines(quoted).join("\n");
      const unit: SuspectUnit = {
        ...state,
        ...(odd !== undefined && { odd }),
        ...(journal !== "" && { journal }),
      };
      const isDown = odd !== undefined && state.active !== "active";
      const nearness = trail.accused?.includes(state.machine) ? weights.mentioned : 1;
      const weight =
        nearness * Math.max(guarded.has(name) ? 0.1 : 0, ...looked) +
        (isDown ? weights.died : odd === undefined ? 0 : weights.odd);
      return [{ unit, weight }];
    })
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, mostUnits)
    .map(({ unit }) => unit);
}

/** Whether what failed has looked at a unit, or guards what starts it. */
export const isConcerned = (trail: Trail, known: Known, state: UnitState): boolean =>
  looksAt(trail, state).length > 0 || guardedUnits(trail, known).has(`${state.machine} ${state.unit}`);

const looksAt = ({ looks }: Trail, state: UnitState): number[] =>
  looks.filter(({ look }) => leadsToUnit(look, state)).map(({ weight }) => weight);

const guardedUnits = ({ guards }: Trail, { effects }: Known): ReadonlySet<string> =>
  new Set(
    effects
      .filter(({ step }) => guards.some(({ section }) => covers(section, step.section)))
      .flatMap((step) => step.effects.filter(changesUnit))
      .map(({ machine, what }) => `${machine} ${what}`),
  );

/** A unit at the end of a run in which something is red, and what it has said. */
export type Heard = { readonly state: UnitState; readonly lines: readonly string[] };

type Ran = Pick<Evidence, "plan" | "effects"> & { readonly run: Pick<Evidence["run"], "steps"> };

/** Units that the guide has started, and that stopped or ended since for no lack of time, and nobody starts them. */
export function idleUnits(heard: readonly Heard[], ran: Ran): UnitState[] {
  const { meant } = intended(ran);
  return heard
    .filter(({ state: { machine, unit, active, result, downFor }, lines }) => {
      if (downFor === undefined || !meant.has(`${machine} ${unit}`)) return false;
      if (active === "inactive") return result === "success";
      const isSilent = lines.length === 0;
      return result === "exit-code" && !isSilent && !isOfTime(fatalLine(lines.join("\n")) ?? "");
    })
    .map(({ state }) => state);
}

/**
 * Whether a test failed at what a unit makes: it looked at the unit, or a port of its own on which nothing listens, or guards what makes the
 * unit; and it names no other machines alone.
 */
export function isOfUnit(
  { looks = [], sections, failure }: Pick<TestRecord, "looks" | "sections" | "failure">,
  state: UnitState,
  { effects, units, machines }: Pick<Evidence, "effects" | "units"> & { readonly machines: readonly Named[] },
): boolean {
  const { machine, unit } = state;
  const told = machinesIn(failure?.message ?? "", machines);
  if (told.length > 0 && !told.includes(machine)) return false;
  const isGuarded = sections.some((section) =>
    madeIn(section, effects).some((made) => made.machine === machine && made.name === unit),
  );
  const texts = leadsOf({ machine, kind: "unit", name: unit }, effects, units)
    .filter(({ distance }) => distance <= 1)
    .map(({ step }) => step.command ?? "");
  const isItsPort = ({ machine: on, kind, name }: ResourceAccess): boolean =>
    kind === "port" &&
    on === machine &&
    !units.some((other) => other.machine === on && other.ports.includes(Number(name))) &&
    texts.some((text) => namesPort(text, name));
  return isGuarded || looks.some((look) => leadsToUnit(look, state) || isItsPort(look));
}

/** The units whose files a section writes, or that it enables: not those that it only starts anew. */
export const madeIn = (section: string, effects: Evidence["effects"]): ResourceAccess[] =>
  effects
    .filter(({ step }) => covers(section, step.section))
    .flatMap(({ effects: own }) => own)
    .flatMap(({ does, machine, what }) => {
      const written = does === "writes" ? /\/([\w@.-]+)\.service$/.exec(what)?.[1] : undefined;
      const name = does === "enables" ? what : written;
      return name === undefined ? [] : [{ machine, kind: "unit", name }];
    });

/** Units that the steps that ran have started, or stopped; all steps, if none ran. Those that only later steps start are awaited. */
function intended({ plan, effects, run }: Ran): Record<"meant" | "stopped" | "awaited", ReadonlySet<string>> {
  const ran = new Set(run.steps.filter(({ outcome }) => outcome !== "skipped").map(({ key }) => key));
  const last = plan.findLastIndex(({ key }) => ran.has(key));
  const [meant, stopped] = [new Set<string>(), new Set<string>()];
  for (const { effects: own } of last < 0 ? effects : effects.slice(0, last + 1)) {
    for (const { machine, does, what } of own) {
      const [to, from] = does === "starts" ? [meant, stopped] : does === "stops" ? [stopped, meant] : [];
      to?.add(`${machine} ${what}`);
      from?.delete(`${machine} ${what}`);
    }
  }
  const later = last < 0 ? [] : effects.slice(last + 1).flatMap(({ effects: own }) => own);
  const starts = later.flatMap(({ machine, does, what }) =>
    does === "starts" ? [`${machine} ${what}`] : [],
  );
  return { meant, stopped, awaited: new Set(starts.filter((name) => !meant.has(name))) };
}

const leadsToUnit = ({ machine, kind, name }: ResourceAccess, state: UnitState): boolean =>
  machine === state.machine &&
  (kind === "port"
    ? state.ports.includes(Number(name))
    : name === state.unit || name.endsWith(`/${state.unit}.service`));
