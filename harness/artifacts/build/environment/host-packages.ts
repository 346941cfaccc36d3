import { execa } from "execa";
import { aptInstall } from "../../../host/packages/apt.ts";
import type { Context } from "../../../context.ts";
import type { Progress } from "../../../progress.ts";
import { type BuildLog, runJob } from "../../job.ts";

/** Installs Debian packages that the host lacks, with the host's own apt. ArtifactError if that fails. */
export async function installMissing(
  names: readonly string[],
  log: BuildLog,
  progress: Progress,
  { signal, deadlines }: Context,
): Promise<void> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return;
  progress.note(`Installing on this host: ${missing.join(", ")}`);
  await aptInstall(
    missing,
    (title, command, env) => runJob({ title, command, env }, log, signal),
    deadlines,
    progress,
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
