import type { Command } from "commander";
import { interruptions } from "../../interruptions.ts";
import { interactiveShell } from "../../machines/ssh/shell/interactive.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { noMachine, openCluster } from "../../run/cluster/open.ts";
import { changeClusterState } from "../../run/cluster/state.ts";
import { command, withCluster } from "../command/command.ts";
import { argument } from "../command/offered.ts";

/** `shell MACHINE [COMMAND…]`: a login shell on a machine, or one command in it, in the folder where the guide's reader stands. */
export function shellCommand(): Command {
  return withCluster(command("shell", "open a login shell on a machine, or run a command in one"))
    .addArgument(argument("<machine>", "its name, as `pnpm status` shows it", "machines"))
    .argument(
      "[command...]",
      "after `--`: the command to run there, which its shell reads as with ssh: quote twice what that must not split; its exit code is the exit code here",
    )
    .action(async (machine: string, words: readonly string[], options: { cluster: string }) => {
      using context = interruptions("The shell was closed.");
      const cluster = await openCluster(options.cluster, context);
      try {
        const found = cluster.running.machines.find(({ spec }) => spec.name === machine);
        if (!found)
          throw noMachine(
            machine,
            cluster.machines.map(({ name }) => name),
          );
        const at = new Date().toISOString();
        // What it does there is its own affair; that somebody was there is of interest to who blames the guide.
        await changeClusterState(cluster.id, (state) => ({
          ...state,
          shells: { ...state.shells, [machine]: at },
        }));
        const folder = cluster.state.places[machine]?.cwd ?? "/root";
        process.exitCode =
          words.length === 0
            ? await interactiveShell(found.endpoint, folder, context)
            : await runThere(cluster.connection(machine), folder, words.join(" "));
      } finally {
        await cluster.close();
      }
    });
}

/** Runs a command as one types it, with this process's standard streams; gives its exit code. */
async function runThere(connection: Connection, folder: string, typed: string): Promise<number> {
  const { exitCode } = await connection.exec(
    sh`cd ${shellQuote(folder)} && exec bash -lc ${shellQuote(typed)}`,
    {
      deadline: Number.POSITIVE_INFINITY,
      ...(!process.stdin.isTTY && { stdin: process.stdin }),
      onOutput: ({ stream, text }) => void process[stream].write(text),
    },
  );
  // It would keep this process, if whoever has it open writes nothing.
  process.stdin.destroy();
  return exitCode;
}
