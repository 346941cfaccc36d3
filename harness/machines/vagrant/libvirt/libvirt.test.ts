import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { identify } from "../../../host/processes/identity.ts";
import { environmentFor } from "./libvirt.ts";
import { isOver, isPrivate, sweepSessions } from "./sessions.ts";
import { temporaryFolder } from "../../../testing.ts";

let state: string;
beforeEach(() => {
  state = temporaryFolder();
  vi.stubEnv("XDG_STATE_HOME", state);
});
afterEach(() => void vi.unstubAllEnvs());

const session = async (pid: number, owner?: unknown): Promise<string> => {
  const folder = join(state, "k8s-guide-conformance/libvirt", String(pid));
  await mkdir(folder, { recursive: true });
  if (owner !== undefined) await writeFile(join(folder, "owner.json"), JSON.stringify(owner));
  return folder;
};

it("removes what killed ones left, and nothing of those that run", async () => {
  const self = await identify(process.pid);
  const mine = await session(process.pid, self);
  const starting = await session(process.ppid);
  // The same number, but another process: it started at another time.
  const reused = await session(1, { ...self, pid: 1, start: -1 });
  const killed = await session(4_000_000, { ...self, pid: 4_000_000 });
  const elsewhere = await session(4_000_001, { ...self, pid: 4_000_001, pidNamespace: "pid:[1]" });
  expect((await sweepSessions()).toSorted()).toEqual([reused, killed].toSorted());
  expect([mine, starting, elsewhere, reused, killed].map((path) => existsSync(path))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(await sweepSessions()).toEqual([]);
});

const at = (pid: number) => ({
  LIBVIRT_DEFAULT_URI: `qemu:///system?socket=/run/k8s-guide.libvirt.${pid}/libvirt-sock`,
});

it("is over when its owner is, whatever of it is on the disk", async () => {
  const self = await identify(process.pid);
  await session(process.pid, self);
  await session(4_000_000, { ...self, pid: 4_000_000 });
  expect(await Promise.all([process.pid, 4_000_000, 4_000_001].map((pid) => isOver(at(pid))))).toEqual([
    false,
    true,
    true,
  ]);
  expect(await isOver({ LIBVIRT_DEFAULT_URI: "qemu:///system" })).toBe(false);
  expect([isPrivate(at(1)), isPrivate({})]).toEqual([true, false]);
});

it("says where it is, and what such machines are made of unless a person chose", () => {
  expect(environmentFor("/run/x/libvirt-sock", false, {})).toEqual({
    LIBVIRT_DEFAULT_URI: "qemu:///system?socket=/run/x/libvirt-sock",
    GUIDE_BOX: "guide/debian12",
    GUIDE_VM_DRIVER: "qemu",
  });
  expect(environmentFor("/s", true, { GUIDE_BOX: "mine" })).toMatchObject({
    GUIDE_BOX: "mine",
    GUIDE_VM_DRIVER: "kvm",
  });
});
