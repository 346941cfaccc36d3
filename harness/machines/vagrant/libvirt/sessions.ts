import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { namesIn } from "../../../host/files.ts";
import { type Read, readJson, replaceFile } from "../../../host/persisted.ts";
import { stateRoot } from "../../../host/paths.ts";
import {
  identify,
  isAlive,
  processIdentity,
  type ProcessIdentity,
} from "../../../host/processes/identity.ts";
import { libvirtUri, type VagrantEnvironment } from "../command/settings.ts";

/** Where `pnpm libvirt` has its sockets; the pid of its owner follows. */
const runtimePrefix = "/run/k8s-guide.libvirt.";

/** Where one private libvirt has its sockets, and its disks and logs. Derived from the pid of its owner. */
export const placesOf = (pid: number): { readonly runtime: string; readonly state: string } => ({
  // Short, for Unix socket paths end at 107 characters; with a dot, as no cluster's folder there has.
  runtime: `${runtimePrefix}${pid}`,
  state: join(sessionsFolder(), String(pid)),
});

const sessionsFolder = (): string => join(stateRoot(), "libvirt");

/** Writes down whose it is, before anything is made. */
export async function claimSession(runtime: string, state: string): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  const self = await identify(process.pid);
  await replaceFile(ownerFile(state), JSON.stringify(self));
  await mkdir(runtime, { mode: 0o700 });
}

export async function removeSession(runtime: string, state: string): Promise<void> {
  await rm(runtime, { recursive: true, force: true });
  await rm(state, { recursive: true, force: true });
}

/** Removes what private libvirts left whose owner is gone; their processes and networks went with it. */
export async function sweepSessions(): Promise<string[]> {
  const names = await namesIn(sessionsFolder());
  const removed = await Promise.all(
    names.filter(isPid).map(async (name) => {
      const { runtime, state } = placesOf(Number(name));
      // One that has not written yet who it is may only just have started.
      if (await lives(Number(name), await ownerOf(state))) return [];
      await removeSession(runtime, state);
      return [state];
    }),
  );
  return removed.flat();
}

const isPid = (name: string): boolean => /^\d+$/.test(name);
const ownerFile = (state: string): string => join(state, "owner.json");
const ownerSchema = z.object(processIdentity);

/** Without a value if it was killed before it had written who it is, or that cannot be read. */
const ownerOf = (state: string): Promise<Read<ProcessIdentity>> => readJson(ownerFile(state), ownerSchema);

/** Whether the owner of a session lives; of one that does not say who it is, whether there is a process of its number. */
const lives = async (pid: number, { value: owner }: Read<ProcessIdentity>): Promise<boolean> =>
  owner ? isAlive(owner) : (await identify(pid)) !== undefined;

/** The pid of the `pnpm libvirt` that libvirt's address belongs to; undefined for any other libvirt. */
const sessionOf = (env: NodeJS.ProcessEnv | VagrantEnvironment): number | undefined => {
  const socket = /[?&]socket=([^&]+)/.exec(libvirtUri(env))?.[1];
  const pid = socket?.startsWith(runtimePrefix)
    ? socket.slice(runtimePrefix.length).split("/")[0]
    : undefined;
  return pid === undefined ? undefined : Number(pid);
};

/** Whether libvirt is one of `pnpm libvirt`, whose machines reach nothing but each other. */
export const isPrivate = (env: NodeJS.ProcessEnv | VagrantEnvironment = process.env): boolean =>
  sessionOf(env) !== undefined;

/** Whether the libvirt was one of `pnpm libvirt` and has ended: all its machines went with it. */
export async function isOver(env: VagrantEnvironment): Promise<boolean> {
  const pid = sessionOf(env);
  if (pid === undefined) return false;
  const owner = await ownerOf(placesOf(pid).state);
  // A session that was removed has no owner any more, whoever has its number now.
  return (!owner.value && !owner.damage) || !(await lives(pid, owner));
}
