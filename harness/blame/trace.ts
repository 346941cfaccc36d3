import { posix } from "node:path";
import { changesUnit } from "../guide/effects/effects.ts";
import { has, isMade, isOnFile, type StepEffects } from "./step-effects.ts";
import type { Effect } from "../guide/types.ts";
import type { ResourceAccess, PlannedStep, UnitState } from "../record/blame.ts";

/** A step that a look leads to: how many files lie between, and in words. */
export type Lead = { readonly step: PlannedStep; readonly distance: number; readonly why: string };

const farthest = 3;

/** The steps that made what was looked at, or what that is made of, each by its nearest way. */
export function leadsOf(
  look: ResourceAccess,
  effects: readonly StepEffects[],
  units: readonly Pick<UnitState, "machine" | "unit" | "ports">[],
): Lead[] {
  const leads = new Map<string, Lead>();
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
    const makers = effects.filter((each) => has(each, machine, path, isMade));
    for (const maker of makers) {
      if (!add(maker, distance, `wrote ${path}${via}`)) continue;
      followInputs(maker, distance, via);
    }
    if (makers.length > 0 || distance > 0) return;
    // Nobody says to have made it: whoever names it, or else the folder it lies in.
    const naming = (name: string): StepEffects[] =>
      effects.filter((each) => has(each, machine, name, isOnFile));
    const named = naming(path);
    for (const effect of named) add(effect, distance, `names ${path}`);
    if (named.length > 0) return;
    const folder = posix.dirname(path);
    for (const effect of naming(folder))
      add(effect, distance + 1, `names ${folder}, where ${path} should be`);
  };
  /** What a step is made of; a copy on another machine was made where the step ran. */
  const followInputs = (maker: StepEffects, distance: number, via: string): void => {
    for (const { does, machine, what } of maker.effects) {
      if (does !== "reads" || has(maker, machine, what, isMade)) continue;
      followFile(machine, what, distance + 1, via || ` for ${maker.step.id}`);
    }
  };
  const followUnit = (machine: string, unit: string, distance: number, via: string): void => {
    for (const each of effects.filter((own) => has(own, machine, unit, changesUnit))) {
      add(each, distance, `starts or enables ${unit}${via}`);
    }
    const isItsFile = ({ does, machine: on, what }: Effect): boolean =>
      does === "writes" && on === machine && what.endsWith(`/${unit}.service`);
    for (const each of effects.filter((own) => own.effects.some(isItsFile))) {
      add(each, distance, `wrote ${unit}'s unit${via}`);
      followInputs(each, distance, ` for ${unit}`);
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
