import type { MachineSpec } from "../../machines/machine.ts";
import type { Effect, Step } from "../types.ts";
import type { Located } from "./call.ts";
import { follow } from "./world.ts";

const changes: ReadonlySet<Effect["does"]> = new Set(["starts", "stops", "enables", "disables"]);

/** Whether an effect is on a unit, or on its being started with the machine. */
export const changesUnit = ({ does }: Effect): boolean => changes.has(does);

/** Units that are started, stopped, enabled, disabled or asked for. */
export const unitsIn = (effects: readonly Effect[]): string[] => [
  ...new Set(
    effects.filter((effect) => changesUnit(effect) || effect.does === "asks").map(({ what }) => what),
  ),
];

/** By step, without doubles but of what is done to units, whose order counts. */
export function effectsByStep(located: readonly Located[]): Map<string, Effect[]> {
  return new Map(
    [...Map.groupBy(located, ({ step }) => step.key)].map(([key, all]): [string, Effect[]] => {
      const seen = new Map<string, Effect>();
      for (const [index, { machine, does, what, sure, by }] of all.entries()) {
        const place = `${machine}\n${does}\n${what}\n${by ?? ""}${changes.has(does) ? `\n${index}` : ""}`;
        const known = seen.get(place)?.sure ?? false;
        seen.set(place, { machine, does, what, sure: sure || known, ...(by !== undefined && { by }) });
      }
      return [key, [...seen.values()]];
    }),
  );
}

/** The effects of a text by itself, typed on one of these machines, of which nothing else is known. */
export function effectsOfScript(
  script: string,
  machine = "",
  machines: readonly MachineSpec[] = [{ name: machine, address: machine, role: "node" }],
): readonly Effect[] {
  const step: Step = {
    key: "",
    id: "",
    section: "",
    machine,
    location: { file: "", line: 1 },
    endLine: 1,
    action: { kind: "run", script },
    downloads: [],
    effects: [],
    changedBy: [],
  };
  return effectsByStep(follow([step], machines).effects).get("") ?? [];
}
