import type { MachineSpec } from "../../machines/machine.ts";
import type { Step } from "../types.ts";
import { variableOf } from "../parse/answers/answers.ts";
import { type Fault, textOf } from "../check/finding.ts";
import { Host } from "./host.ts";
import { madeBySystem, startsByItself } from "./known.ts";
import { names, Story, write } from "./call.ts";
import { rebootAtEnd } from "./asks/reboot.ts";
import { atTheStep, runScript } from "./shell/shell.ts";
import { settingOf } from "./programs/services.ts";

/** More commands than a person types in one step: what goes on longer than that is not followed. */
const most = 10_000;

/** Follows steps in their order, on machines that are freshly installed. Nothing is run; no text makes it throw. */
export function follow(steps: readonly Step[], machines: readonly MachineSpec[]): Story {
  const story = new Story(machines.map((machine) => new Host(machine)));
  for (const step of steps) {
    const host = story.hosts.find(({ spec }) => spec.name === step.machine);
    if (host === undefined) continue;
    Object.assign(story, { step, left: most, depth: 0 });
    const { action } = step;
    const part = { step, offset: 0, text: textOf(step) };
    if (action.kind === "run") {
      for (const { reply } of action.tty ?? []) {
        const name = variableOf(reply);
        if (name === undefined || host.shell.variables.has(name)) continue;
        const [message, hint] = [`$${name} is not set`, `set it in an earlier step: ${name}=…`];
        story.faults.push({ rule: "shell/variable", at: step.location, message, hint });
      }
      runScript(story, host, host.shell, part);
      if (rebootAtEnd(action.script)) host.reboot();
    } else {
      const folder = action.path.replace(/\/[^/]+$/, "") || "/";
      if (!host.isFolder(folder)) {
        const hint = `mkdir -p ${folder} in an earlier step`;
        const message = `there is no folder ${folder} yet for ${action.path}`;
        story.faults.push({ rule: "files/folder", at: step.location, message, hint });
        host.makeFolder(folder);
      }
      const typed = { story, host, around: atTheStep };
      const executable = (action.mode & 0o111) > 0;
      write(typed, action.path, { parts: [part], executable }, part, action.append);
      names(typed, action.content, folder, part);
    }
  }
  for (const host of story.hosts) story.faults.push(...unitsLeft(host));
  if (story.effects.some(({ does, what }) => does === "runs" && what === "yum"))
    story.faults.push(...story.ofCentos);
  if (story.started.some((started) => settingOf(started, "etcd-servers")))
    story.faults.push(...story.ofApiserver);
  story.faults.push(...story.atEnd.flatMap((judge) => judge() ?? []));
  return story;
}

function* unitsLeft(host: Host): Iterable<Fault> {
  for (const [name, { started, stopped, pulled, enabled, disabled }] of host.units) {
    const bare = name.replace(/\.service$/, "");
    if (pulled !== undefined) {
      const message = `${name} is stopped along with ${pulled.by}, which it requires, and not started again`;
      const hint = `systemctl restart ${bare} afterwards`;
      yield { rule: "units/left-stopped", at: pulled.spot, message, hint };
    }
    const byItself = startsByItself(name) || (madeBySystem.test(name) && host.unitFile(name) === undefined);
    if (started !== undefined && !enabled && (disabled || !byItself)) {
      const message = `${name} is started but not enabled: it stays down after the next boot`;
      yield { rule: "units/not-enabled", at: started, message, hint: `systemctl enable ${bare}` };
    }
    if (stopped !== undefined && !disabled) {
      const message = `${name} is stopped but not disabled: it is back after the next boot`;
      yield { rule: "units/not-disabled", at: stopped, message, hint: `systemctl disable ${bare}` };
    }
  }
}
