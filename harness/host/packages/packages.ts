import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { aptInstall } from "./apt.ts";
import type { Context } from "../../context.ts";
import type { Progress } from "../../progress.ts";
import { host, hostPath } from "../exec.ts";
import { isOffline } from "../offline.ts";

/** Programs of the host, and the Debian packages of each, blanks between them. */
export type ProgramPackages = Readonly<Record<string, string>>;

/** Programs that the provider runs on the host. */
const providedBy: ProgramPackages = {
  debootstrap: "debootstrap",
  "systemd-nspawn": "systemd-container",
  btrfs: "btrfs-progs",
  ip: "iproute2",
  mount: "mount",
  unshare: "util-linux",
};

/** Debian packages with all programs that the provider runs on the host. */
export const providerPackages: readonly string[] = Object.values(providedBy);

/** Where the host has a program; undefined if it has none. */
export async function findProgram(program: string): Promise<string | undefined> {
  const paths = hostPath()
    .split(delimiter)
    .map((folder) => join(folder, program));
  const found = await Promise.allSettled(paths.map((path) => access(path, constants.X_OK)));
  return paths[found.findIndex(({ status }) => status === "fulfilled")];
}

export const isInstalled = async (program: string): Promise<boolean> =>
  (await findProgram(program)) !== undefined;

export async function missingPackages(wanted: ProgramPackages = providedBy): Promise<string[]> {
  const programs = Object.keys(wanted);
  const installed = await Promise.all(programs.map(isInstalled));
  return programs.flatMap((program, index) => (installed[index] ? [] : (wanted[program]?.split(" ") ?? [])));
}

export const canInstall = async (): Promise<boolean> =>
  process.getuid?.() === 0 && !isOffline() && isInstalled("apt-get");

/** Installs the packages that the host lacks. InfrastructureError if apt fails. */
export async function installPackages(
  progress: Progress,
  context: Context,
  wanted: ProgramPackages = providedBy,
): Promise<void> {
  const missing = await missingPackages(wanted);
  if (missing.length === 0) return;
  await progress.span("install host packages", async () => {
    progress.note(`Installing ${missing.join(", ")} on the host.`);
    const hint = "Check that apt works on this host, or install the packages yourself.";
    await aptInstall(
      missing,
      (_title, [file, ...args], env) => host(file, args, context, { hint, env, limit: "build" }),
      context.deadlines,
      progress,
    );
  });
}
