import { createInterface } from "node:readline";
import { execa } from "execa";
import { owned } from "../../../host/processes/owned.ts";
import type { Context } from "../../../context.ts";
import type { Limit } from "../../../deadlines.ts";
import { InfrastructureError, Interrupted } from "../../../errors.ts";
import { within } from "../../../waits/wait.ts";
import { endGroup, hostPath } from "../../../host/exec.ts";
import { diagnose } from "./diagnose.ts";
import { errorExit, parseRecords, spoken, type VagrantRecord } from "./machine-readable.ts";
import { limitsFor, type VagrantEnvironment, withoutSettings } from "./settings.ts";

type Running = {
  readonly listen?: (record: VagrantRecord) => void;
  /** How long it may take; it waits for a machine's last word for as long as TCP does. */
  readonly limit?: Limit;
};

/**
 * Runs vagrant with machine-readable output and gives its records.
 * InfrastructureError with the remedy if it cannot run, fails or takes too long.
 */
export async function vagrant(
  args: readonly string[],
  env: VagrantEnvironment,
  context: Context,
  { listen, limit = "vagrant" }: Running = {},
): Promise<VagrantRecord[]> {
  const process = start(["--machine-readable", ...args], env, context);
  if (listen) {
    createInterface(process.stdout).on("line", (line) => {
      for (const record of parseRecords(line)) listen(record);
    });
  }
  const { stdout, stderr, failed } = await ended(process, context, context.deadlines.for(limit), args);
  const records = parseRecords(stdout);
  if (!failed) return records;
  const { name, message } = errorExit(records) ?? uncaught(stderr);
  if (name.endsWith("VagrantInterrupt")) throw interrupted();
  throw diagnose({
    command: commandOf(args),
    name,
    message,
    output: [spoken(records), message].filter(Boolean).join("\n"),
    env,
  });
}

const commandOf = (args: readonly string[]): string => ["vagrant", ...args].join(" ");

/** Runs vagrant for the text that it prints, such as `ssh-config`. InfrastructureError as above. */
export async function vagrantText(
  args: readonly string[],
  env: VagrantEnvironment,
  context: Context,
): Promise<string> {
  const process = start(args, env, context);
  const { stdout, stderr, failed } = await ended(process, context, context.deadlines.for("help"), args);
  if (!failed) return stdout;
  throw diagnose({ command: commandOf(args), name: "", message: stderr, output: stderr, env });
}

/** An error of Ruby that vagrant did not expect: the plugin lets those of libvirt through, with a stack trace. */
function uncaught(stderr: string): { readonly name: string; readonly message: string } {
  const [, message = stderr, name = ""] =
    /^\S+:\d+:in `[^']*': (.*) \((\w+(?:::\w+)*)\)$/m.exec(stderr) ?? [];
  return { name, message };
}

function start(args: readonly string[], env: VagrantEnvironment, { deadlines }: Context) {
  // Who is killed leaves none that goes on to make machines which nobody has written down.
  const [program, words] = owned("TERM", ["vagrant", ...args]);
  return execa(program, words, {
    // What the cluster was made with holds, and not what a person's shell says now.
    extendEnv: false,
    env: {
      ...withoutSettings(),
      ...env,
      ...limitsFor(deadlines),
      PATH: hostPath(),
      VAGRANT_NO_COLOR: "1",
    },
    stdin: "ignore",
    reject: false,
    // In a process group of its own, which can be ended as a whole.
    detached: true,
  });
}

async function ended(
  process: ReturnType<typeof start>,
  { signal, deadlines }: Context,
  deadline: number,
  args: readonly string[],
) {
  const late = (): Error =>
    new InfrastructureError(`${commandOf(args)} did not end within ${deadline / 1000} s`, {
      command: commandOf(args),
      hint: "See the machine's console and `virsh list --all`; `pnpm down` removes the cluster in any case.",
    });
  try {
    const result = await within(process, { signal, deadline, late });
    // The shell that becomes vagrant says so.
    if (result.exitCode === 127 && /vagrant: not found/.test(result.stderr)) {
      throw new InfrastructureError("vagrant is not installed", {
        hint: "Install it: `apt-get install vagrant vagrant-libvirt`, or from https://developer.hashicorp.com/vagrant.",
      });
    }
    if (result.isTerminated) throw endedBy(result.signal, args);
    return result;
  } catch (error) {
    await endGroup(process, deadlines);
    throw error;
  }
}

/** Signals by which somebody asks a program to end; by others the kernel does, or its own crash. */
const asking: ReadonlySet<NodeJS.Signals | undefined> = new Set(["SIGINT", "SIGTERM", "SIGHUP"] as const);

const endedBy = (
  signal: NodeJS.Signals | undefined,
  args: readonly string[],
): Interrupted | InfrastructureError =>
  asking.has(signal)
    ? interrupted()
    : new InfrastructureError(`${commandOf(args)} was ended by ${signal}`, {
        command: commandOf(args),
        hint: "See whether the kernel killed it because memory ran out (`dmesg`), or Ruby crashed.",
      });

const interrupted = (): Interrupted =>
  new Interrupted("vagrant was interrupted", { hint: "`pnpm gc` removes what it had made until then." });
