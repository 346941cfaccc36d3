import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection } from "../machines/ssh/connection.ts";
import type { Redactor } from "./redact.ts";

/** Units the guide makes, on whichever machine they are. */
const units = [
  "etcd",
  "kube-apiserver",
  "kube-scheduler",
  "kube-controller-manager",
  "docker",
  "flanneld",
  "kubelet",
  "kube-proxy",
];

/**
 * Writes `machines/<name>/<unit>.log` below the report folder, redacted, for every unit with a journal.
 * Returns what could not be had, in words: a dead machine must not hide the failure that killed it.
 */
export async function collectJournals(
  connections: readonly Connection[],
  folder: string,
  redactor: Redactor,
): Promise<string[]> {
  const problems = await Promise.all(
    connections.map(async (connection) => {
      const target = join(folder, "machines", connection.machine);
      try {
        await mkdir(target, { recursive: true });
        await Promise.all(units.map((unit) => collectUnit(connection, unit, target, redactor)));
        return undefined;
      } catch (error) {
        return `${connection.machine}: no journals: ${error instanceof Error ? error.message : String(error)}`;
      }
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

async function collectUnit(
  connection: Connection,
  unit: string,
  target: string,
  redactor: Redactor,
): Promise<void> {
  const { stdout } = await connection.exec(`journalctl --no-pager --quiet -o short-precise -u ${unit}`, {
    deadline: 60_000,
  });
  if (stdout !== "") await writeFile(join(target, `${unit}.log`), redactor.text(stdout));
}

/** Memory held by a machine's processes (`total_rss` of its cgroup); undefined if it cannot be read. */
export async function residentBytes(connection: Connection): Promise<[string, number] | undefined> {
  try {
    const { stdout } = await connection.exec(
      'awk \'$1 == "total_rss" || $1 == "anon" { print $2; exit }\' /sys/fs/cgroup/memory/memory.stat /sys/fs/cgroup/memory.stat 2>/dev/null',
      { deadline: 10_000 },
    );
    const bytes = Number(stdout);
    return stdout === "" || Number.isNaN(bytes) ? undefined : [connection.machine, bytes];
  } catch {
    return undefined;
  }
}
