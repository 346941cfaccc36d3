import { execa } from "execa";
import pRetry from "p-retry";
import { ArtifactError } from "../../errors.ts";
import type { Progress } from "../../progress.ts";
import { type BuildLog, runJob } from "../job.ts";

/** Another apt at work ends by itself; wait for it this long. */
const aptLockSeconds = 600;

/** Installs Debian packages that the host lacks, with the host's own apt. ArtifactError if that fails. */
export async function installMissing(
  names: readonly string[],
  log: BuildLog,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  progress.note(`Installing on this host: ${missing.join(", ")}`);
  await updateLists(log, signal);
  await runJob(
    {
      title: `install ${missing.join(", ")}`,
      command: [
        "apt-get",
        "-o",
        `DPkg::Lock::Timeout=${aptLockSeconds}`,
        "install",
        "--yes",
        "--no-install-recommends",
        ...missing,
      ],
      env: { DEBIAN_FRONTEND: "noninteractive" },
    },
    log,
    signal,
  );
}

/** Those of the names that dpkg does not know as installed. */
export async function missingPackages(names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const format = "${Package} ${db:Status-Status}\n";
  const { stdout } = await execa("dpkg-query", ["--show", "--showformat", format, ...names], {
    reject: false,
  });
  const installed = new Set(
    stdout.split("\n").flatMap((line) => (line.endsWith(" installed") ? [line.split(" ")[0]] : [])),
  );
  return names.filter((name) => !installed.has(name));
}

/** apt waits for dpkg's lock but not for that of the lists, which another apt-get may hold for a moment. */
const updateLists = (log: BuildLog, signal?: AbortSignal): Promise<void> =>
  pRetry(
    async () => {
      await runJob({ title: "read the host's package lists", command: ["apt-get", "update"] }, log, signal);
    },
    {
      retries: aptLockSeconds,
      factor: 1,
      minTimeout: 1000,
      shouldRetry: ({ error }) =>
        error instanceof ArtifactError && (error.details.outputTail ?? "").includes("Could not get lock"),
    },
  );
