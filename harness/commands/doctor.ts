import type { Command } from "commander";
import chalk from "chalk";
import { artifactSet } from "../artifacts/index.ts";
import { Deadlines } from "../deadlines.ts";
import { exitCodes } from "../errors.ts";
import { interruptions } from "../interruptions.ts";
import { provider } from "../machines/index.ts";
import { stillToAsk } from "../machines/starting-state.ts";
import { command, print, settingsOf, withSettings } from "./command.ts";

const ofGuide = "The host is checked, whatever the guide says; `pnpm guide check` looks at the guide.";
const ofMachines = "The host is checked, and no machine; `pnpm e2e` takes it.";
const untouched = {
  cluster: ofMachines,
  adopt: ofMachines,
  guide: ofGuide,
  errata: ofGuide,
  edits: ofGuide,
  nodes: ofMachines,
  timeoutFactor: ofMachines,
  deadline: ofMachines,
};

/** `doctor`: what the host lacks and what to do about it. Exit 4 if a run cannot work. */
export function doctorCommand(): Command {
  return withSettings(
    command("doctor", "check the host and say what to do about each shortfall"),
    untouched,
  ).action(async (options) => {
    const { settings, why } = await settingsOf(options);
    using context = interruptions("Nothing was changed.", new Deadlines(settings.timeoutFactor));
    const machines = provider(settings);
    const set = artifactSet(settings.artifacts);
    const shortfalls = await machines.probe(set.versions.kubernetes, context);
    const artifacts = await set.inspect();
    const fit = !shortfalls.some((shortfall) => shortfall.fatal);
    const { cannotProve } = machines;
    print(options.json, { fit, artifactSet: set.name, why, shortfalls, artifacts, cannotProve }, () =>
      [
        fit ? chalk.green("This host can run the guide.") : chalk.red("This host cannot run the guide."),
        `artifact set ${set.name}${why === undefined ? "" : `: ${why}`}`,
        ...shortfalls.map(
          ({ need, found, remedy, fatal }) =>
            `${fatal ? chalk.red("missing") : chalk.yellow("assist ")}  ${need}: ${found}\n         ${remedy}`,
        ),
        ...artifacts.map(
          ({ name, cached, lastSeconds }) =>
            `${cached ? chalk.green("cached ") : chalk.yellow("to make")}  ${name}${lastSeconds === undefined ? "" : ` (${Math.round(lastSeconds)} s last time)`}`,
        ),
        ...cannotProve.map(({ claim, reason }) => `not provable here: ${claim}: ${reason}`),
        ...stillToAsk(cannotProve),
      ].join("\n"),
    );
    if (!fit) process.exitCode = exitCodes.infrastructure;
  });
}
