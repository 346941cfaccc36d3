import { expect, test, vi } from "vitest";
import { aptInstall } from "./apt.ts";
import { Deadlines } from "../../deadlines.ts";
import { InfrastructureError } from "../../errors.ts";

const locked = new InfrastructureError("apt-get failed", {
  outputTail: "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)",
});

/** Runs nothing; fails with the given errors first. */
function recording(errors: Error[]) {
  const ran: string[] = [];
  const run = async (_title: string, command: readonly string[]): Promise<void> => {
    ran.push(command.filter((word) => ["update", "install", "btrfs-progs"].includes(word)).join(" "));
    const error = errors.shift();
    if (error) throw error;
  };
  return { ran, run };
}

test("reads the lists, then installs, waiting for dpkg's lock", async () => {
  const { ran, run } = recording([]);
  await aptInstall(["btrfs-progs"], run, new Deadlines());
  expect(ran).toEqual(["update", "install btrfs-progs"]);
});

test("waits for another apt that reads the lists", async () => {
  const { ran, run } = recording([locked]);
  await aptInstall(["btrfs-progs"], run, new Deadlines());
  expect(ran).toEqual(["update", "update", "install btrfs-progs"]);
});

test("any other failure is not tried again", async () => {
  const { ran, run } = recording([new InfrastructureError("no network")]);
  await expect(aptInstall(["btrfs-progs"], run, new Deadlines())).rejects.toThrow("no network");
  expect(ran).toEqual(["update"]);
});

test("nothing is run where nothing may be downloaded", async () => {
  vi.stubEnv("GUIDE_OFFLINE", "1");
  const { ran, run } = recording([]);
  await expect(aptInstall(["btrfs-progs"], run, new Deadlines())).rejects.toMatchObject({
    verdict: "artifact",
    message: "This host lacks btrfs-progs, and --offline forbids downloading it",
  });
  expect(ran).toEqual([]);
  vi.unstubAllEnvs();
});
