import type { Limit } from "../deadlines.ts";
import type { PreparedSet } from "../artifacts/set.ts";
import type { Connection } from "../machines/ssh/connection.ts";
import type { Assist } from "../progress.ts";
import { InfrastructureError } from "../errors.ts";

/** Where machines see the artifact set. */
const artifactFolder = "/var/cache/guide-artifacts";

async function must(
  connection: Connection,
  command: string,
  options: { readonly stdin?: string; readonly limit?: Limit } = {},
  what = `\`${command}\` failed while helping the guide`,
): Promise<string> {
  const result = await connection.exec(command, options);
  if (result.exitCode === 0) return result.stdout;
  throw new InfrastructureError(`${connection.machine}: ${what}`, {
    machine: connection.machine,
    exitCode: result.exitCode,
    outputTail: result.stderr,
  });
}

/** Shell text that adds standard input to a file; a last line without its end is not run into by what is added. */
export const addTo = (file: string): string =>
  `{ [ ! -s ${file} ] || [ -z "$(tail -c 1 ${file})" ] || echo >> ${file}; } && cat >> ${file}`;

/**
 * Lets root on the master copy files to the other machines, as section 3.2.2 takes for granted:
 * a key made on the master, known to the others, whose host keys the master knows.
 */
export async function trustRoot(
  master: Connection,
  others: readonly { connection: Connection; address: string }[],
): Promise<Assist> {
  const publicKey = await must(
    master,
    "mkdir -p -m 700 /root/.ssh && { [ -f /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; } && cat /root/.ssh/id_ed25519.pub",
  );
  const hostKeys = await Promise.all(
    others.map(async ({ connection, address }) => {
      await must(connection, `mkdir -p -m 700 /root/.ssh && ${addTo("/root/.ssh/authorized_keys")}`, {
        stdin: publicKey,
      });
      const key = await must(connection, "cat /etc/ssh/ssh_host_ed25519_key.pub");
      return `${address} ${key.trim()}\n`;
    }),
  );
  await must(master, addTo("/root/.ssh/known_hosts"), { stdin: hostKeys.join("") });
  return {
    id: "root-trust",
    machine: master.machine,
    reason:
      "Section 3.2.2 copies files from the master to the nodes with scp; the reader is assumed to have access.",
  };
}

/** Loads the pause and workload images into Docker, which the reader's machines would pull. */
export async function loadImages(connection: Connection, images: string): Promise<Assist> {
  await must(
    connection,
    `docker load --quiet --input ${artifactFolder}/${images}`,
    { limit: "images" },
    "the images could not be loaded into Docker",
  );
  return {
    id: "image-preload",
    machine: connection.machine,
    reason: "The machines reach no image registry; the images are loaded from the artifact set.",
  };
}

/** Whether Docker is up on a machine. */
export const dockerRuns = async (connection: Connection): Promise<boolean> =>
  (await connection.exec("systemctl is-active --quiet docker", { limit: "question" })).exitCode === 0;

/** The `wget` lines of a step are served from the artifact set. */
export const servedFromCache = (step: string, machine: string): Assist => ({
  id: "artifact-cache",
  step,
  machine,
  reason: "The machines do not reach the download sites; `wget` is answered from the artifact set.",
});

/** Binaries of the guide's versions that are not the ones upstream published. */
export const rebuiltBinaries = ({ files, pins }: NonNullable<PreparedSet["rebuilt"]>): Assist => ({
  id: "rebuilt-binaries",
  reason: `These are not upstream's but someone's own builds, whose digests ${pins} names: ${files.join(", ")}.`,
});
