import chalk from "chalk";
import { type Command, Option } from "commander";
import { Deadlines } from "../deadlines.ts";
import { gravestExitCode } from "../errors.ts";
import { hierarchies, type Hierarchy, tryHost } from "../host-trial/trial.ts";
import { interruptions } from "../interruptions.ts";
import { duration } from "../report/text.ts";
import { command, countFor, print } from "./command/base.ts";
import { noted } from "./command/note.ts";

type Options = {
  readonly cgroup: Hierarchy;
  readonly cpus: number;
  readonly memory: number;
  readonly timeoutFactor: number;
  readonly json?: boolean;
};

/** `host-trial`: the README's two commands where the README says that they work: a clean clone on a stock Debian 12 host. */
export const hostTrialCommand = (): Command =>
  command(
    "host-trial",
    "run commands of a clean clone on a stock Debian 12 host: systemd, Debian's kernel and Node, no network; emulated without KVM",
  )
    .argument("[command...]", "commands to run (default: `npm run e2e` and `npm test`)")
    .addOption(
      new Option("--cgroup <version>", "v2 alone, as Debian boots, or v1").choices(hierarchies).default("v2"),
    )
    .option("--cpus <n>", "processors of the host", countFor("--cpus"), 2)
    .option("--memory <MiB>", "memory of the host", countFor("--memory"), 4096)
    .option(
      "--timeout-factor <n>",
      "the --timeout-factor of `npm run e2e` there",
      countFor("--timeout-factor"),
      10,
    )
    .action(async (given: readonly string[], { json, memory, timeoutFactor, ...rest }: Options) => {
      using context = interruptions("The host is gone, and so is all that it wrote.", new Deadlines());
      const readme = [`npm run e2e -- --timeout-factor=${timeoutFactor}`, "npm test"];
      const commands = given.length > 0 ? given : readme;
      const result = await tryHost({ ...rest, memoryMiB: memory, commands }, noted, context);
      print(json, result, () => [
        ...result.ends.map(({ command: line, exitCode, seconds }) => {
          const how = exitCode === 0 ? chalk.green("passed") : chalk.red(`exit ${exitCode}`);
          return `${how}  ${line}  ${duration(seconds * 1000)}`;
        }),
        `reports  ${result.folder}`,
      ]);
      process.exitCode = gravestExitCode(result.ends.map(({ exitCode }) => exitCode));
    });
