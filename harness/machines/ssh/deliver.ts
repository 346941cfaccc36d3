import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { digestOf } from "../../host/files.ts";
import type { Assist } from "../../progress.ts";
import type { ClusterSpec } from "../machine.ts";
import type { Connection } from "./connection.ts";
import { shellQuote } from "./quote.ts";
import { sh } from "./sh.ts";
import { succeed } from "./succeed.ts";

/** Where machines see the artifact set. */
export const artifactFolder = "/var/cache/guide-artifacts";

/** Where machines see what yum installs. */
const packageFolder = "/var/cache/guide-packages";

/** The socket of a machine's mirror. */
export const mirrorSocket = "guide-mirror.socket";

/** The mirror, and what leads wget and curl to it: before the real ones in root's PATH. */
export const mirrorPrograms = [
  "/usr/local/bin/wget",
  "/usr/local/bin/curl",
  "/usr/local/lib/guide/fetch",
  "/usr/local/lib/guide/mirror",
] as const;
export const mirrorUnits = [
  `/etc/systemd/system/${mirrorSocket}`,
  "/etc/systemd/system/guide-mirror@.service",
] as const;

/** What leads yum to the packages on the machine, and where each stands in the project. */
const leading: Readonly<Record<string, string>> = {
  "/usr/local/bin/yum": "../nspawn/rootfs/files/usr/local/bin/yum",
  "/usr/local/bin/yum-config-manager": "programs/yum-config-manager",
};
export const packagePrograms: readonly string[] = Object.keys(leading);

const sources = join(import.meta.dirname, "../nspawn/rootfs/files");

/**
 * Puts files of a host folder into a machine's folder, each whole or not at all; those it has already stay. Gives the names of
 * those that were sent. InfrastructureError if one does not arrive as it was sent.
 */
export async function deliver(
  connection: Connection,
  folder: string,
  files: readonly string[],
  to = artifactFolder,
): Promise<string[]> {
  const folders = new Set([to, ...files.map((name) => dirname(join(to, name)))]);
  await must(connection, sh`mkdir -p ${[...folders].map(shellQuote).join(" ")}`);
  const sent: string[] = [];
  for (const name of files) if (await send(connection, join(folder, name), join(to, name))) sent.push(name);
  return sent;
}

/** Puts what yum installs on a machine and leads its yum there. Errors as of `deliver`. */
export async function deliverPackages(connection: Connection, folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = all
    .filter((entry) => entry.isFile() && entry.parentPath !== folder)
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .toSorted();
  const sent = await deliver(connection, folder, files, packageFolder);
  for (const [path, source] of Object.entries(leading)) {
    await connection.writeFile(path, await readFile(join(import.meta.dirname, source)), { mode: 0o755 });
  }
  return sent;
}

/** Gives a machine what it needs of a cluster's files, and leads to them who would download. */
export async function deliverAll(
  connection: Connection,
  { artifacts, needs, online, packages }: ClusterSpec,
): Promise<void> {
  await deliver(connection, artifacts, needs[connection.machine] ?? []);
  if (!online) await mirrorSites(connection);
  if (packages !== undefined) await deliverPackages(connection, packages);
}

/** That machines were given them. */
export const artifactsAssist: Assist = {
  id: "artifact-cache",
  reason:
    "wget and curl are redirected to a mirror on the machine, whose files were sent over SSH, in the place of the download sites",
};

export const packagesAssist: Assist = {
  id: "package-cache",
  reason:
    "yum is redirected to CentOS's and Docker's own packages, which were fetched before and sent over SSH; it checks their signatures as on CentOS",
};

/** Lets wget and curl on the machine, the real ones, be answered from its artifact folder. */
async function mirrorSites(connection: Connection): Promise<void> {
  await must(connection, sh`mkdir -p /usr/local/lib/guide`);
  const files = [
    ...mirrorPrograms.map((path) => ({ path, mode: 0o755 })),
    ...mirrorUnits.map((path) => ({ path, mode: 0o644 })),
  ];
  for (const { path, mode } of files) {
    await connection.writeFile(path, await readFile(join(sources, path)), { mode });
  }
  await must(connection, sh`systemctl daemon-reload && systemctl -q enable --now ${mirrorSocket}`);
}

async function send(connection: Connection, source: string, path: string): Promise<boolean> {
  const sha256 = await digestOf(source);
  const target = shellQuote(path);
  const check = sh`echo ${sha256}'  '${target} | sha256sum --check --status`;
  if ((await connection.exec(check, { limit: "deliver" })).exitCode === 0) return false;
  const part = shellQuote(join(dirname(path), `.${basename(path)}.part`));
  const { size } = await stat(source);
  await must(
    connection,
    sh`trap 'rm -f '${shellQuote(part)} EXIT
set -e
cat >${part}
[ "$(wc -c <${part})" -eq ${size} ]
mv -f -T ${part} ${target}
${check}`,
    createReadStream(source),
  );
  return true;
}

const must = (
  connection: Connection,
  command: string,
  stdin?: ReturnType<typeof createReadStream>,
): Promise<string> =>
  succeed(connection, command, "the artifacts could not be delivered", {
    limit: "deliver",
    ...(stdin && { stdin }),
    hint: `See the space and the permissions below /var/cache on ${connection.machine}.`,
  });
