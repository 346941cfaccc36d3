import type { PreparedSet } from "../artifacts/set.ts";
import type { Connection } from "../machines/ssh/connection.ts";
import type { Assist } from "../progress.ts";
import { artifactFolder } from "../machines/ssh/deliver.ts";
import { sh } from "../machines/ssh/sh.ts";
import { ask, succeed, type SucceedOptions } from "../machines/ssh/succeed.ts";

const must = (connection: Connection, command: string, options: SucceedOptions = {}): Promise<string> =>
  succeed(connection, command, `\`${command}\` failed while helping the guide`, options);

/** Shell text that adds standard input to a file; a last line without its end is not run into by what is added. */
export const addTo = (file: string): string =>
  sh`{ [ ! -s ${file} ] || [ -z "$(tail -c 1 ${file})" ] || echo >> ${file}; } && cat >> ${file}`;

/** Lets root on each machine copy files to every other one, as guides take for granted. */
export async function trustRoot(
  machines: readonly {
    readonly connection: Connection;
    readonly name: string;
    readonly address: string;
  }[],
): Promise<Assist> {
  const keys = await Promise.all(
    machines.map(async ({ connection, name, address }) => {
      const root = await must(
        connection,
        sh`mkdir -p -m 700 /root/.ssh && { [ -f /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; } && cat /root/.ssh/id_ed25519.pub`,
      );
      const host = await must(connection, sh`cat /etc/ssh/ssh_host_ed25519_key.pub`);
      return { name, root: `${root.trim()}\n`, host: `${address},${name} ${host.trim()}\n` };
    }),
  );
  await Promise.all(
    machines.map(async ({ connection, name }) => {
      const others = keys.filter((key) => key.name !== name);
      await must(connection, addTo("/root/.ssh/authorized_keys"), {
        stdin: others.map(({ root }) => root).join(""),
      });
      await must(connection, addTo("/root/.ssh/known_hosts"), {
        stdin: others.map(({ host }) => host).join(""),
      });
    }),
  );
  return {
    id: "root-trust",
    reason: "The guide copies files between machines; its reader is assumed to have access.",
  };
}

/**
 * Shell text: puts the firewall and SELinux in force, where they are installed, as CentOS starts with them; prints what was
 * not. One that the boot is about to start is waited for, to the end: systemd calls firewalld active while it still makes
 * its rules, and one that is stopped then leaves half of them.
 */
export const startScript = sh`
case $(systemctl is-enabled firewalld 2>/dev/null) in
  enabled) systemctl start firewalld && firewall-cmd --state >&2 ;;
  disabled)
    echo firewalld
    systemctl enable firewalld && systemctl start firewalld && firewall-cmd --state >&2
    ;;
esac
case $(getenforce 2>/dev/null) in
  Permissive) echo SELinux && setenforce 1 ;;
esac
true
`;

/** Brings a machine into the state that the guide starts from. Undefined if it was in that, or cannot be. */
export async function bringToStart(connection: Connection): Promise<Assist | undefined> {
  const what = "the machine could not be brought into the state that the guide starts from";
  const set = (await succeed(connection, startScript, what)).trim().split("\n").filter(Boolean);
  if (set.length === 0) return undefined;
  return {
    id: "starting-state",
    machine: connection.machine,
    reason: `The guide starts with a firewall and SELinux in force, as CentOS installs them; this machine's were not: ${set.join(", ")}.`,
  };
}

/** Loads the pause and workload images into Docker, which the reader's machines would pull. */
export async function loadImages(connection: Connection, images: string): Promise<Assist> {
  const load = sh`docker load --quiet --input ${artifactFolder}/${images}`;
  await succeed(connection, load, "the images could not be loaded into Docker", { limit: "images" });
  return {
    id: "image-preload",
    machine: connection.machine,
    reason: "The machines reach no image registry; the images are loaded from the artifact set.",
  };
}

/** Whether Docker is up on a machine. InfrastructureError if it does not say in time. */
export const dockerRuns = async (connection: Connection): Promise<boolean> =>
  (await ask(connection, sh`systemctl is-active docker`)).trim() === "active";

/** Help of a step with what it fetches, by its id. */
const fetching = {
  "artifact-cache":
    "The download sites are not asked; a mirror on the machine answers wget and curl from the artifact set.",
  "download-repeated":
    "A download failed for the network's sake and was tried once more; the journal has what was answered.",
  "package-cache":
    "The repositories of CentOS and Docker are not asked; yum installs from a folder on the machine.",
};

export const helpToFetch = (
  id: keyof typeof fetching,
  { key, machine }: { readonly key: string; readonly machine: string },
): Assist => ({ id, step: key, machine, reason: fetching[id] });

/** What yum installs is not what CentOS and Docker publish. */
export const packagesPacked = (standIns: readonly string[]): Assist => ({
  id: "packages-packed",
  reason: `What yum installs was packed from Debian's programs and is not signed: ${standIns.join("; ")}.`,
});

/** Binaries of the guide's versions that are not the ones upstream published. */
export const rebuiltBinaries = ({ files, pins }: NonNullable<PreparedSet["rebuilt"]>): Assist => ({
  id: "rebuilt-binaries",
  reason: `These are not upstream's but someone's own builds, whose digests ${pins} names: ${files.join(", ")}.`,
});
