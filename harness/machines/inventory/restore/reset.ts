import type { MachineSpec } from "../../machine.ts";
import type { Connection, Stdin } from "../../ssh/connection.ts";
import { shellQuote } from "../../ssh/quote.ts";
import { describeDifference, differences } from "./difference.ts";
import { guideChain, guideLink, isShared, rewritten, type Traces } from "./paths.ts";
import type { Before } from "./record.ts";
import { describePlan, planReset, type ResetContext, type ResetPlan } from "./reset-plan.ts";
import { lookAt, parseState, type State } from "./state.ts";
import { sh } from "../../ssh/sh.ts";
import { succeed } from "../../ssh/succeed.ts";
import { runScript } from "../script.ts";

export type HostToReset = Omit<ResetContext, "profile"> & {
  readonly connection: Connection;
  readonly spec: MachineSpec;
  readonly before: Before | undefined;
};

export type ResetResult = {
  readonly machine: string;
  readonly deeds: readonly string[];
  /** What is still not as it was, each on a line; empty if nothing of the guide is left. */
  readonly left: readonly string[];
  /** False if there is nothing to compare with: then only what is the guide's for sure was looked for. */
  readonly compared: boolean;
};

/** Copies what the guide will rewrite. InfrastructureError if it cannot. */
export async function copyRewritten(connection: Connection): Promise<Buffer> {
  const archive = "/run/k8s-guide-before.tgz";
  await must(
    connection,
    sh`cd / && umask 077 && tar -czpf ${archive} --files-from /dev/null $(ls -d ${rewritten.map((path) => path.slice(1)).join(" ")} 2>/dev/null)`,
    "what the guide rewrites could not be copied",
  );
  const files = await connection.readFile(archive);
  await must(connection, sh`rm -f ${archive}`, "the copy could not be removed");
  return files;
}

/** Takes the guide off a host and looks whether anything is left. InfrastructureError if a deed fails. */
export async function resetHost(host: HostToReset, { dryRun }: { dryRun: boolean }): Promise<ResetResult> {
  const { connection, spec, guide } = host;
  const before = host.before && parseState(host.before.state);
  const now = parseState(await lookAt(connection, guide));
  const profile = (await connection.readFile("/etc/profile")).toString();
  const plan = planReset(before, now, { ...host, profile });
  const result = { machine: spec.name, deeds: describePlan(plan, now), compared: before !== undefined };
  if (dryRun) return { ...result, left: [] };
  const hadPlace = (path: string): boolean => !before || before.things.place.has(path);
  await carryOut(connection, plan, host, hadPlace);
  const after = parseState(await lookAt(connection, guide));
  const left = before ? differences(before, after).map(describeDifference) : remains(after, guide);
  return { ...result, left };
}

/** `hadPlace`: whether a place was there before, as far as anyone knows. */
async function carryOut(
  connection: Connection,
  plan: ResetPlan,
  { before, guide }: HostToReset,
  hadPlace: (path: string) => boolean,
): Promise<void> {
  const { stop, containers, spared, images, volumes, networks, links, remove, packages, units } = plan;
  const files = before?.files;
  const lists = {
    stop,
    containers,
    spared,
    images,
    volumes,
    networks,
    links,
    remove,
    packages,
    folders: [guide.footprint.folders.join("|")],
    keeps_docker: hadPlace("/var/lib/docker") ? ["yes"] : [],
  };
  await runScript(connection, "reset", lists, "the guide could not be removed (reset.sh)", options);
  for (const { path, content } of plan.rewrite.filter((file) => !remove.includes(file.path))) {
    // One that goes as a whole is gone already.
    await must(connection, replacing(path, content), `${path} could not be written`, content);
  }
  if (files)
    await must(connection, sh`tar -xzpf - -C /`, "what the guide rewrote could not be restored", files);
  const states = {
    enable: units.filter(({ enabled }) => enabled).map(({ name }) => name),
    disable: units.filter(({ enabled }) => !enabled).map(({ name }) => name),
    start: units.filter(({ active }) => active).map(({ name }) => name),
    halt: units.filter(({ active }) => !active).map(({ name }) => name),
    enforce: plan.enforce ? ["yes"] : [],
  };
  await runScript(connection, "settle", states, "the guide could not be removed (settle.sh)", options);
  for (const program of ["iptables", "ip6tables"] as const) {
    const input = plan[program];
    if (input === undefined || input.trim() === "") continue;
    await must(connection, sh`${program}-restore`, `${program} could not be put back`, input);
  }
  // iptables has just made it, also where nothing else was left to do.
  const lock = "/run/xtables.lock";
  if (!hadPlace(lock)) await must(connection, sh`rm -f ${lock}`, `${lock} could not be removed`);
  for (const { name, value } of plan.sysctls) {
    const setting = shellQuote(`${name}=${value}`);
    await must(connection, sh`sysctl -q -w ${setting}`, `the kernel setting ${name} could not be put back`);
  }
}

/**
 * Shell text that gives a file the content that standard input has, as a whole or not at all: an owner without his
 * authorized_keys is locked out. Owner, mode and SELinux's context stay; a link leads to the new file.
 */
export const replacing = (path: string, content: string): string => sh`set -e
file=$(readlink -f ${shellQuote(path)})
new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT TERM
cp --preserve=all -T "$file" "$new"
cat >"$new"
[ "$(wc -c <"$new")" -eq ${Buffer.byteLength(content)} ]
mv -fT "$new" "$file"`;

/** Of a deed. */
const options = { limit: "deed", hint: "Remove the cause and try again: a reset can be repeated." } as const;

const must = (connection: Connection, command: string, failed: string, stdin?: Stdin): Promise<string> =>
  succeed(connection, command, failed, { ...options, ...(stdin !== undefined && { stdin }) });

/** What is the guide's for sure and still there. */
function remains({ things, texts }: State, { footprint }: Traces): string[] {
  const { place, process, link } = things;
  return [
    ...[...place.keys()].filter((path) => !isShared(path)).map((path) => `place ${path}: is there`),
    ...[...process.keys()]
      .filter((path) => footprint.folders.some((folder) => path.startsWith(`${folder}/`)))
      .map((path) => `process ${path}: runs`),
    ...[...link.keys()].filter((name) => guideLink.test(name)).map((name) => `link ${name}: is there`),
    ...[...texts.iptables, ...texts.ip6tables]
      .filter((line) => line.startsWith(":") && guideChain.test(line.slice(1)))
      .map((line) => `iptables ${line.split(" ")[0]?.slice(1)}: is there`),
  ];
}
