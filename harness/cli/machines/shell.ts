import type { Command } from "commander";
import { UsageError } from "../../errors.ts";
import { interruptions } from "../../interruptions.ts";
import { interactiveShell } from "../../machines/ssh/shell/interactive.ts";
import { openCluster } from "../../run/cluster/open.ts";
import { command, withCluster } from "../command/command.ts";

/** `shell MACHINE`: a login shell on a machine, in the folder where the guide's reader stands. */
export function shellCommand(): Command {
  return withCluster(command("shell", "open a login shell on a machine"))
    .argument("<machine>", "its name, as `pnpm status` shows it")
    .action(async (machine: string, options: { cluster: string }) => {
      using context = interruptions("The shell was closed.");
      const cluster = await openCluster(options.cluster, context);
      try {
        const found = cluster.running.machines.find(({ spec }) => spec.name === machine);
        if (!found) {
          throw new UsageError(`The cluster has no machine ${machine}`, {
            hint: `Machines: ${cluster.machines.map(({ name }) => name).join(", ")}.`,
          });
        }
        process.exitCode = await interactiveShell(
          found.endpoint,
          cluster.state.places[machine]?.cwd ?? "/root",
          context,
        );
      } finally {
        await cluster.close();
      }
    });
}
