import type { MachineSpec } from "../../machines/machine.ts";
import type { Plan } from "../types.ts";
import { type Fault, textOf } from "../check/finding.ts";
import { Host } from "./host.ts";
import type { Demand, Fetch, Registered, SimulatedState } from "./call.ts";
import { runScript } from "./shell.ts";
import type { Started } from "./services.ts";

/** What the steps do to machines as far as it can be told beforehand, and what goes wrong on the way. */
export type World = {
  readonly faults: readonly Fault[];
  readonly hosts: readonly Host[];
  readonly started: readonly Started[];
  /** What is put into etcd by hand. */
  readonly registered: readonly Registered[];
  readonly demands: readonly Demand[];
  readonly fetches: readonly Fetch[];
  readonly unitCalls: Readonly<SimulatedState["unitCalls"]>;
  /** Commands whose output the reader of a step sees, options included, by the step's key. */
  readonly printing: ReadonlyMap<string, readonly string[]>;
};

/** Follows all steps, on machines that are freshly installed. Nothing is run. */
export function follow(plan: Plan, machines: readonly MachineSpec[]): World {
  const steps = plan.groups.flatMap((group) => group.steps);
  const story: SimulatedState = {
    hosts: machines.map((machine) => new Host(machine)),
    faults: [],
    started: [],
    registered: [],
    demands: [],
    fetches: [],
    unitCalls: [],
    printing: new Map(),
    step: undefined,
    centos: steps.some((step) => /\byum\b/.test(textOf(step))),
  };
  for (const step of steps) {
    const host = story.hosts.find(({ spec }) => spec.name === step.machine);
    if (host === undefined) continue;
    story.step = step;
    const { action } = step;
    const part = { step, offset: 0, text: textOf(step) };
    if (action.kind === "run") runScript(story, host, host.shell, part);
    else {
      const folder = action.path.replace(/\/[^/]+$/, "") || "/";
      if (!host.isFolder(folder)) {
        const hint = `mkdir -p ${folder} in a step before`;
        const message = `there is no folder ${folder} yet for ${action.path}`;
        story.faults.push({ rule: "files/folder", at: step.location, message, hint });
        host.makeFolder(folder);
      }
      host.write(action.path, { parts: [part] }, action.append);
    }
  }
  for (const host of story.hosts) story.faults.push(...unitsLeft(host));
  return story;
}

function* unitsLeft(host: Host): Iterable<Fault> {
  for (const [name, { started, stopped, enabled, disabled }] of host.units) {
    if (started !== undefined && !enabled) {
      const message = `${name} is started but not enabled: it stays down after the next boot`;
      yield {
        rule: "units/not-enabled",
        at: started,
        message,
        hint: `systemctl enable ${name.replace(/\.service$/, "")}`,
      };
    }
    if (stopped !== undefined && !disabled) {
      const message = `${name} is stopped but not disabled: it is back after the next boot`;
      yield {
        rule: "units/not-disabled",
        at: stopped,
        message,
        hint: `systemctl disable ${name.replace(/\.service$/, "")}`,
      };
    }
  }
}
