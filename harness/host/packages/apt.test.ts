import { expect, test, vi } from "vitest";
import { aptInstall, upgradesIn } from "./apt.ts";
import { Deadlines } from "../../deadlines.ts";
import { InfrastructureError } from "../../errors.ts";

const locked = new InfrastructureError("apt-get failed", {
  outputTail: "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)",
});

/** Runs nothing; fails with the given errors first. */
function recording(errors: Error[], simulated = "") {
  const ran: string[] = [];
  const notes: string[] = [];
  const listens = { note: (text: string) => void notes.push(text), simulate: async () => simulated };
  const run = async (_title: string, command: readonly string[]): Promise<void> => {
    ran.push(command.filter((word) => ["update", "install", "btrfs-progs"].includes(word)).join(" "));
    const error = errors.shift();
    if (error) throw error;
  };
  return { ran, run, notes, listens };
}

test("reads the lists, then installs, waiting for dpkg's lock", async () => {
  const { ran, run, listens } = recording([]);
  await aptInstall(["btrfs-progs"], run, new Deadlines(), listens);
  expect(ran).toEqual(["update", "install btrfs-progs"]);
});

test("waits for another apt that reads the lists", async () => {
  const { ran, run, listens } = recording([locked]);
  await aptInstall(["btrfs-progs"], run, new Deadlines(), listens);
  expect(ran).toEqual(["update", "update", "install btrfs-progs"]);
});

test("any other failure is not tried again", async () => {
  const { ran, run, listens } = recording([new InfrastructureError("no network")]);
  await expect(aptInstall(["btrfs-progs"], run, new Deadlines(), listens)).rejects.toThrow("no network");
  expect(ran).toEqual(["update"]);
});

test("nothing is run where nothing may be downloaded", async () => {
  vi.stubEnv("GUIDE_OFFLINE", "1");
  const { ran, run, listens } = recording([]);
  await expect(aptInstall(["btrfs-progs"], run, new Deadlines(), listens)).rejects.toMatchObject({
    verdict: "artifact",
    message: "This host lacks btrfs-progs, and --offline forbids downloading it",
  });
  expect(ran).toEqual([]);
  vi.unstubAllEnvs();
});

const simulated = `NOTE: This is only a simulation!
Inst libsystemd0 [252.36-1~deb12u1] (252.38-1~deb12u1 Debian:12/stable [amd64]) [systemd:amd64 ]
Inst systemd [252.36-1~deb12u1] (252.38-1~deb12u1 Debian:12/stable [amd64])
Inst systemd-container (252.38-1~deb12u1 Debian:12/stable [amd64])
Conf systemd (252.38-1~deb12u1 Debian:12/stable [amd64])
`;

test("what apt upgrades of this host is told before it does", async () => {
  expect(upgradesIn(simulated)).toEqual(["libsystemd0", "systemd"]);
  const { run, listens, notes } = recording([], simulated);
  await aptInstall(["systemd-container"], run, new Deadlines(), listens);
  expect(notes).toEqual([
    "For systemd-container apt also upgrades packages of this host: libsystemd0, systemd.",
  ]);
  const none = recording([]);
  await aptInstall(["btrfs-progs"], none.run, new Deadlines(), none.listens);
  expect(none.notes).toEqual([]);
});
