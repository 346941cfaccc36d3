import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { InfrastructureError } from "../../errors.ts";
import type { Connection } from "./connection.ts";
import { shellQuote } from "./quote.ts";
import { sh } from "./sh.ts";

/** Where machines see the artifact set. */
export const artifactFolder = "/var/cache/guide-artifacts";

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

const sources = join(import.meta.dirname, "../nspawn/rootfs/files");

/**
 * Puts files of a host folder into a machine's artifact folder, each whole or not at all; those it has already stay.
 * Gives the names of those that were sent. InfrastructureError if one does not arrive as it was sent.
 */
export async function deliver(
  connection: Connection,
  folder: string,
  files: readonly string[],
): Promise<string[]> {
  await must(connection, sh`mkdir -p ${artifactFolder}`);
  const sent: string[] = [];
  for (const name of files) if (await send(connection, join(folder, name), name)) sent.push(name);
  return sent;
}

/** Lets wget and curl on the machine, the real ones, be answered from its artifact folder. */
export async function mirrorSites(connection: Connection): Promise<void> {
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

async function send(connection: Connection, source: string, name: string): Promise<boolean> {
  const sha256 = await sha256Of(source);
  const target = shellQuote(`${artifactFolder}/${name}`);
  const check = sh`echo ${sha256}'  '${target} | sha256sum --check --status`;
  if ((await connection.exec(check, { limit: "deliver" })).exitCode === 0) return false;
  const part = shellQuote(`${artifactFolder}/.${name}.part`);
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

async function must(
  connection: Connection,
  command: string,
  stdin?: ReturnType<typeof createReadStream>,
): Promise<void> {
  const result = await connection.exec(command, { limit: "deliver", ...(stdin && { stdin }) });
  if (result.exitCode === 0) return;
  throw new InfrastructureError(`${connection.machine}: the artifacts could not be delivered`, {
    machine: connection.machine,
    exitCode: result.exitCode,
    outputTail: result.stderr,
    hint: `See the space and the permissions below /var/cache on ${connection.machine}.`,
  });
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
