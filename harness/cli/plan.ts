import { relative } from "node:path";
import type { Command } from "commander";
import { formatLocation } from "../errors.ts";
import type { Plan } from "../guide/types.ts";
import { visible } from "../input/odd-characters.ts";
import { stillToAsk } from "../machines/starting-state.ts";
import { projectRoot } from "../host/paths.ts";
import { blockCounts } from "../report/labels.ts";
import { count } from "../report/text.ts";
import { type Impossible, impossibleIn, limitationsOf, unprovableOn } from "../run/request/limits.ts";
import { planOf, portsOf } from "../settings/settings.ts";
import { command, print, settingsOf, withSettings } from "./command/command.ts";

const untouched = {
  cluster: "A plan is made of the guide and the options; `pnpm status` shows what clusters have.",
  timeoutFactor: "A plan waits for no machine.",
  deadline: "A plan waits for no machine.",
};

/** `plan`: the ordered steps, their machines and the help they will get, without touching a machine. */
export function planCommand(): Command {
  return withSettings(
    command("plan", "list the steps in order, with their machines; touches no machine"),
    untouched,
  ).action(async (options) => {
    const { settings, why } = await settingsOf(options);
    const plan = await planOf(settings);
    const impossible = impossibleIn(plan.groups, await limitationsOf(settings));
    print(options.json, { ...plan, guide: plan.guide.file, ports: portsOf(settings), impossible }, () => [
      ...describePlan(plan, portsOf(settings), unprovableOn(settings)),
      ...impossible.map(lineOf),
      `artifact set ${settings.artifacts}${why === undefined ? "" : `: ${why}`}`,
    ]);
  });
}

const inProject = (location: Impossible["location"]): string =>
  formatLocation({ ...location, file: relative(projectRoot, location.file) });

/** A run ends with the first of them that its step does not go on without. */
const lineOf = ({ location, step, what, reason, optional }: Impossible): string =>
  `not possible here: ${inProject(location)}: ${step}: ${visible(what)}: ${reason}${optional ? "; the step goes on without it" : ""}`;

const machinesOf = ({ steps }: Plan["groups"][number]): string =>
  steps.map(({ machine }) => machine).join(" ");

function describePlan(
  plan: Plan,
  ports: readonly string[],
  cannotProve: readonly { claim: string; reason: string }[],
): string[] {
  const width = Math.max(12, ...plan.groups.map((group) => machinesOf(group).length));
  const rows = plan.groups.map((group) => {
    const { id, steps } = group;
    const [first] = steps;
    if (!first) return "";
    const { location, action, downloads, changedBy } = first;
    const marks = [
      action.kind === "file" ? `writes ${visible(action.path)}` : "",
      action.kind === "run" && action.tty ? `at a terminal, ${count(action.tty.length, "answer")}` : "",
      downloads.length > 0 ? count(downloads.length, "download") : "",
      ...new Set(changedBy.map((change) => `changed by ${change.id}`)),
    ].filter(Boolean);
    return `${id.padEnd(44)} ${machinesOf(group).padEnd(width)} ${inProject(location)}  ${marks.join(", ")}`;
  });
  const { accounting } = plan;
  const steps = plan.groups.reduce((sum, group) => sum + group.steps.length, 0);
  return [
    ...rows,
    "",
    `${count(accounting.total, "block")}: ${blockCounts(accounting)}; ${count(steps, "step")}`,
    `ports: ${ports.join(", ") || "none"}`,
    ...plan.dropped.map(({ id, by, reason }) => `not run here, left out by ${by}: ${id}: ${reason}`),
    ...cannotProve.map(({ claim, reason }) => `cannot be proved here: ${claim}: ${reason}`),
    ...stillToAsk(cannotProve),
  ];
}
