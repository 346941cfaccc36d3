import { execa } from "execa";
import pRetry from "p-retry";
import type { Deadlines } from "../../deadlines.ts";
import { HarnessError } from "../../errors.ts";
import { assertOnline } from "../offline.ts";

/** How the caller runs a host command: in its own log, with its own errors, whose `outputTail` is apt's output. */
export type RunCommand = (
  title: string,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
) => Promise<unknown>;

/** Who is told what apt will do, and how that is found out. */
type Listens = {
  readonly note: (message: string) => void;
  readonly simulate?: (args: readonly string[]) => Promise<string>;
};

const simulateWithApt = async (args: readonly string[]): Promise<string> =>
  (await execa("apt-get", args, { reject: false, env: { LC_ALL: "C" } })).stdout;

/** The packages that are there already, and would be replaced, in what `apt-get --simulate` printed. */
export const upgradesIn = (simulated: string): string[] =>
  [...simulated.matchAll(/^Inst (\S+) \[/gm)].map(([, name = ""]) => name);

/**
 * Installs Debian packages with the host's own apt. It waits for another apt: apt-get itself waits for dpkg's lock
 * (`DPkg::Lock::Timeout`, apt.conf(5)) but not for that of the lists. What it upgrades besides is told first. ArtifactError if nothing may be downloaded.
 */
export async function aptInstall(
  packages: readonly string[],
  run: RunCommand,
  deadlines: Deadlines,
  { note, simulate = simulateWithApt }: Listens,
): Promise<void> {
  assertOnline(
    `This host lacks ${packages.join(", ")}`,
    `Install what it lacks: \`apt-get install ${packages.join(" ")}\`.`,
  );
  // Another apt at work ends by itself.
  const lockSeconds = deadlines.for("apt") / 1000;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await pRetry(async () => void (await run("read the host's package lists", ["apt-get", "update"], env)), {
    retries: lockSeconds,
    factor: 1,
    minTimeout: 1000,
    shouldRetry: ({ error }) =>
      error instanceof HarnessError && (error.details.outputTail ?? "").includes("Could not get lock"),
  });
  const options = ["-o", `DPkg::Lock::Timeout=${lockSeconds}`, "--yes", "--no-install-recommends"];
  const upgraded = upgradesIn(await simulate(["--simulate", ...options, "install", ...packages]));
  if (upgraded.length > 0) {
    note(`For ${packages.join(", ")} apt also upgrades packages of this host: ${upgraded.join(", ")}.`);
  }
  await run(`install ${packages.join(", ")}`, ["apt-get", ...options, "install", ...packages], env);
}
