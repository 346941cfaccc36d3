import { execa } from "execa";
import { Interrupted } from "../../errors.ts";
import { diagnose, noVagrant } from "./diagnose.ts";
import { errorExit, parseRecords, spoken, type VagrantRecord } from "./machine-readable.ts";
import { programPath, type VagrantEnvironment, withoutSettings } from "./settings.ts";

/** What vagrant writes while it works, for who wants to see it at once. */
export type Listener = (record: VagrantRecord) => void;

/**
 * Runs vagrant with machine-readable output and gives its records.
 * InfrastructureError with the remedy if it cannot run or fails.
 */
export async function vagrant(
  args: readonly string[],
  env: VagrantEnvironment,
  listen?: Listener,
): Promise<VagrantRecord[]> {
  const command = ["--machine-readable", ...args];
  const process = start(command, env);
  if (listen) {
    process.stdout.on(
      "data",
      lineByLine((line) => parseRecords(line).forEach((record) => listen(record))),
    );
  }
  const { stdout, stderr, failed } = await ended(process);
  const records = parseRecords(stdout);
  if (!failed) return records;
  const { name, message } = errorExit(records) ?? uncaught(stderr);
  if (name.endsWith("VagrantInterrupt")) throw interrupted();
  throw diagnose({
    command: ["vagrant", ...args].join(" "),
    name,
    message,
    output: [spoken(records), message].filter(Boolean).join("\n"),
    env,
  });
}

/** Runs vagrant for the text that it prints, such as `ssh-config`. InfrastructureError as above. */
export async function vagrantText(args: readonly string[], env: VagrantEnvironment): Promise<string> {
  const { stdout, stderr, failed } = await ended(start(args, env));
  if (!failed) return stdout;
  throw diagnose({
    command: ["vagrant", ...args].join(" "),
    name: "",
    message: stderr,
    output: stderr,
    env,
  });
}

/** An error of Ruby that vagrant did not expect: the plugin lets those of libvirt through, with a stack trace. */
function uncaught(stderr: string): { readonly name: string; readonly message: string } {
  const [, message = stderr, name = ""] =
    /^\S+:\d+:in `[^']*': (.*) \((\w+(?:::\w+)*)\)$/m.exec(stderr) ?? [];
  return { name, message };
}

function start(args: readonly string[], env: VagrantEnvironment) {
  return execa("vagrant", args, {
    // What the cluster was made with holds, and not what a person's shell says now.
    extendEnv: false,
    env: { ...withoutSettings(), ...env, PATH: programPath(), VAGRANT_NO_COLOR: "1" },
    stdin: "ignore",
    reject: false,
  });
}

async function ended(process: ReturnType<typeof start>) {
  const result = await process;
  if (result.code === "ENOENT") throw noVagrant();
  if (result.isTerminated) throw interrupted();
  return result;
}

const interrupted = (): Interrupted =>
  new Interrupted("vagrant was interrupted", { hint: "`pnpm gc` removes what it had made until then." });

/** Calls back for each whole line of what arrives in pieces. */
function lineByLine(listen: (line: string) => void): (chunk: Buffer | string) => void {
  let rest = "";
  return (chunk) => {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) listen(line);
  };
}
