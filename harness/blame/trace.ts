import { posix } from "node:path";
import type { StepEffects } from "./files.ts";
import type { ResourceAccess, PlannedStep, UnitState } from "../record/blame.ts";

/** A step that a look leads to: how many files lie between, and in words. */
export type Lead = { readonly step: PlannedStep; readonly distance: number; readonly why: string };

const farthest = 3;

/**
 * The steps that made what was looked at, and those that made what these are made of, each by its nearest way. `units`
 * says which unit has a port.
 */
export function leadsOf(
  look: ResourceAccess,
  effects: readonly StepEffects[],
  units: readonly Pick<UnitState, "machine" | "unit" | "ports">[],
): Lead[] {
  const leads = new Map<string, Lead>();
  /** Files by the nearest way so far. */
  const visited = new Map<string, number>();
  const add = ({ step }: StepEffects, distance: number, why: string): boolean => {
    const known = leads.get(step.key);
    if (known && known.distance <= distance) return false;
    leads.set(step.key, { step, distance, why });
    return true;
  };
  const followFile = (machine: string, path: string, distance: number, via: string): void => {
    const file = `${machine} ${path}`;
    if (distance > farthest || (visited.get(file) ?? Infinity) <= distance) return;
    visited.set(file, distance);
    const unit = /\/([^/]+)\.service$/.exec(path)?.[1];
    if (unit !== undefined && distance === 0) followUnit(machine, unit, distance, via);
    const makers = effects.filter((effect) => effect.makes.has(path) && isOn(effect, machine));
    for (const maker of makers) {
      if (!add(maker, distance, `wrote ${path}${via}`)) continue;
      followInputs(maker, distance, via);
    }
    if (makers.length > 0 || distance > 0) return;
    // Nobody says to have made it: whoever names it, or else the folder it lies in.
    const naming = (name: string): StepEffects[] =>
      effects.filter((effect) => effect.names.has(name) && isOn(effect, machine));
    const named = naming(path);
    for (const effect of named) add(effect, distance, `names ${path}`);
    if (named.length > 0) return;
    const folder = posix.dirname(path);
    for (const effect of naming(folder))
      add(effect, distance + 1, `names ${folder}, where ${path} should be`);
  };
  /** What a step is made of; a copy on another machine was made where the step ran. */
  const followInputs = (maker: StepEffects, distance: number, via: string): void => {
    for (const name of maker.names) {
      if (!maker.makes.has(name) || maker.elsewhere) {
        followFile(maker.step.machine, name, distance + 1, via || ` for ${maker.step.id}`);
      }
    }
  };
  const followUnit = (machine: string, unit: string, distance: number, via: string): void => {
    const own = effects.filter(({ step }) => step.machine === machine);
    for (const effect of own.filter(({ units: touched }) => touched.has(unit))) {
      add(effect, distance, `starts or enables ${unit}${via}`);
    }
    for (const effect of own) {
      if (![...effect.makes].some((path) => path.endsWith(`/${unit}.service`))) continue;
      add(effect, distance, `wrote ${unit}'s unit${via}`);
      followInputs(effect, distance, ` for ${unit}`);
    }
  };
  if (look.kind === "file") followFile(look.machine, look.name, 0, "");
  if (look.kind === "unit") followUnit(look.machine, look.name, 0, "");
  if (look.kind === "port") {
    const owner = units.find(
      ({ machine, ports }) => machine === look.machine && ports.includes(Number(look.name)),
    );
    if (owner) followUnit(look.machine, owner.unit, 0, `, which listens on ${look.name}`);
    else {
      const port = new RegExp(`[:=\\s]${look.name}\\b`);
      for (const effect of effects) {
        if (effect.step.machine === look.machine && port.test(effect.step.command ?? "")) {
          add(effect, 1, `names port ${look.name}, on which nothing known listens`);
        }
      }
    }
  }
  return [...leads.values()];
}

const isOn = ({ step, elsewhere }: StepEffects, machine: string): boolean =>
  elsewhere ? step.machine !== machine : step.machine === machine;
