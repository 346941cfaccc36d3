import { sh } from "../../harness/cluster.ts";
import type { SuiteMachine } from "./machine.ts";
import { profile } from "./run.ts";

/** Whose files are compared with the master's, and the folders in which a copy is looked for. */
type Among = {
  readonly master: SuiteMachine;
  readonly nodes: readonly SuiteMachine[];
  readonly folders: readonly string[];
};

/**
 * Names of the nodes that have a file of the master's: at its path, or a copy of it at another, which is named, too. GuideFailure
 * if a machine does not say.
 */
export async function nodesWith(file: string, { master, nodes, folders }: Among): Promise<string[]> {
  const [own] = await digests(master, sh`[ ! -f ${file} ] || sha256sum ${file}`);
  const found = await Promise.all(
    nodes.map(async (node) => {
      const [isThere, all] = await Promise.all([node.has(file), digests(node, small(folders))]);
      const copies = all.filter(({ digest, path }) => digest === own?.digest && path !== file);
      return [...(isThere ? [node.name] : []), ...copies.map(({ path }) => `${node.name} as ${path}`)];
    }),
  );
  return found.flat();
}

/** Hashes all files of some folders that are as small as keys; etcd's own come and go. */
const small = (folders: readonly string[]): string =>
  sh`for folder in ${folders.join(" ")}; do
  [ ! -d $folder ] || find $folder -path ${profile.etcd.data} -prune -o -type f -size -64k -exec sha256sum {} + || exit
done`;

async function digests(machine: SuiteMachine, command: string): Promise<{ digest: string; path: string }[]> {
  const lines = (await machine.succeed(command)).split("\n").filter((line) => line !== "");
  return lines.map((line) => ({ digest: line.slice(0, 64), path: line.slice(66) }));
}
