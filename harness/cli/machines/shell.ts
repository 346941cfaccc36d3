import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { interruptions } from "../../interruptions.ts";
import type { SshEndpoint } from "../../machines/machine.ts";
import { interactiveShell } from "../../machines/ssh/shell/interactive.ts";
import type { Connection } from "../../machines/ssh/connection.ts";
import { shellQuote } from "../../machines/ssh/quote.ts";
import { sh } from "../../machines/ssh/sh.ts";
import { noMachine, openCluster } from "../../run/cluster/open.ts";
import { bare, withCluster } from "../command/command.ts";
import { noted } from "../command/note.ts";
import { changeClusterState } from "../../run/cluster/state.ts";
import { argument } from "../command/offered.ts";

/** `shell MACHINE [COMMAND…]`: a login shell on a machine, where the guide's reader stands; or one command, as ssh runs it. */
export function shellCommand(): Command {
  return withCluster(
    bare(
      "shell",
      "open a login shell on a machine, in the folder where the guide's reader stands; or run a command there, in the login folder",
    ),
  )
    .showHelpAfterError(
      "(--help lists the options; those of a command on the machine go after `--`: pnpm shell MACHINE -- kubectl get pods -o wide)",
    )
    .addHelpText("after", "Once the shell is open, the exit code is its own, or that of the command.")
    .addArgument(argument("<machine>", "its name, as `pnpm status` shows it", "machines"))
    .argument(
      "[command...]",
      "after `--`: the command to run there, with its arguments as they are given; a single quoted one is a line for the machine's shell: pnpm shell MACHINE -- 'cd /etc && ls'",
    )
    .action(async (machine: string, words: readonly string[], options: { cluster: string }) => {
      using context = interruptions("The shell was closed.");
      const cluster = await openCluster(options.cluster, context, (note) => noted.note(note));
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
        process.exitCode =
          words.length === 0
            ? await openThere(found.endpoint, cluster.state.places[machine]?.cwd ?? "/root", context)
            : await runThere(cluster.connection(machine), lineOf(words));
      } finally {
        await cluster.close();
      }
    });
}

/** Opens a shell where the guide's reader stands, and says so. */
function openThere(endpoint: SshEndpoint, folder: string, context: Context): Promise<number> {
  process.stderr.write(
    `A login shell on ${endpoint.machine}, in ${folder}, where the guide's reader stands; \`exit\` ends it.\n`,
  );
  return interactiveShell(endpoint, folder, context);
}

/** A command and its arguments as they were given, each one word there; a single one is a line for the machine's shell. */
export const lineOf = (words: readonly string[]): string =>
  words.length === 1 ? words.join() : words.map(shellQuote).join(" ");

/** Runs a command as one types it, in the login folder, with this process's standard streams; gives its exit code. */
async function runThere(connection: Connection, typed: string): Promise<number> {
  const { exitCode } = await connection.exec(sh`exec bash -lc ${shellQuote(typed)}`, {
    deadline: Number.POSITIVE_INFINITY,
    ...(!process.stdin.isTTY && { stdin: process.stdin }),
    onOutput: ({ stream, text }) => void process[stream].write(text),
  });
  // It would keep this process, if whoever has it open writes nothing.
  process.stdin.destroy();
  return exitCode;
}
