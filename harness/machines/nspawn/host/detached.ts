import { appendFile, readFile } from "node:fs/promises";
import { execa } from "execa";
import { InfrastructureError } from "../../../errors.ts";
import { type Hierarchy, memberFiles } from "./kernel/cgroups.ts";
import { hostPath, tailOf } from "../../../host/exec.ts";
import { identify, type ProcessIdentity } from "../../../host/processes/identity.ts";

export type Detached = {
  readonly cgroups: readonly Hierarchy[];
  readonly cgroup: string;
  /** File that takes its output, after what is there. */
  readonly log: string;
  readonly env?: Record<string, string>;
};

/** Shell that sends its output to a file, enters the cgroups given before `--`, and becomes the command after it. */
const script = `
exec >> "$1" 2>&1; shift
while [ "$1" != -- ]; do echo $$ > "$1" || exit 1; shift; done
shift; exec "$@"`;

/** Starts a process that outlives this one, in a cgroup. InfrastructureError if it does not start. */
export async function startDetached(
  command: readonly string[],
  { cgroups, cgroup, log, env }: Detached,
): Promise<ProcessIdentity> {
  // It is there to be read even before the process opens it.
  await appendFile(log, "", { mode: 0o600 });
  const child = execa("sh", ["-c", script, "sh", log, ...memberFiles(cgroups, cgroup), "--", ...command], {
    detached: true,
    cleanup: false,
    reject: false,
    stdio: "ignore",
    env: { PATH: hostPath(), ...env },
  });
  child.nodeChildProcess.unref();
  const process = child.pid === undefined ? undefined : await identify(child.pid);
  if (process) return process;
  throw new InfrastructureError(`${command[0]} ended as soon as it was started`, {
    command: command.join(" "),
    outputTail: tailOf(await readFile(log, "utf8")),
    hint: "Run `pnpm run doctor` to check the host.",
  });
}
