import { bareAddress, nameIn } from "../../artifacts/address.ts";
import type { PackageRequest } from "../../artifacts/upstream/packages/lock.ts";
import type { ArtifactSet, PreparedSet } from "../../artifacts/set.ts";
import { yumWords } from "../../guide/effects/asks/yum.ts";
import type { Plan } from "../../guide/types.ts";
import type { MachineSpec } from "../../machines/machine.ts";

const downloadsOf = (plans: readonly Plan[], machine?: string): string[] =>
  plans
    .flatMap(({ groups }) => groups)
    .flatMap(({ steps }) => steps)
    .filter((step) => machine === undefined || step.machine === machine)
    .flatMap(({ downloads }) => downloads);

/** Name, in the artifact set, of what an address of the guide stands for. */
export const fileOf = (url: string, { addresses }: PreparedSet): string =>
  addresses?.nameOf[bareAddress(url)] ?? nameIn(url);

/** By machine: the files of the artifact set that it needs, which are what it fetches, and the images on nodes. */
export function needsOf(
  machines: readonly MachineSpec[],
  plans: readonly Plan[],
  prepared: PreparedSet,
  online: boolean,
): Record<string, string[]> {
  const { images, addresses } = prepared;
  const held = new Set(prepared.files.map(({ name }) => name));
  const fetchedBy = (machine: string): string[] => {
    const names = new Set(downloadsOf(plans, machine).map((url) => fileOf(url, prepared)));
    return [...[...names].filter((name) => held.has(name)), ...(addresses ? [addresses.file] : [])];
  };
  return Object.fromEntries(
    machines.map(({ name, role }) => [
      name,
      [...(online ? [] : fetchedBy(name)), ...(role === "node" ? [images] : [])],
    ]),
  );
}

/** An optional part of a set that a plan needs; `told` is what a person should know who waits for it, empty if nobody does. */
type OptionalNeed = { readonly step: string; readonly told: string };

/** The optional parts of the set of which the plan downloads a file, as a guide with an erratum put back may. */
export async function optionalNeeds(set: ArtifactSet, plan: Plan | undefined): Promise<OptionalNeed[]> {
  const steps = (plan?.groups ?? []).flatMap((group) => group.steps);
  return (await set.inspect()).flatMap(({ name, optional, cached, takes, answers = [] }) => {
    const by = steps.find(({ downloads }) => downloads.some((url) => answers.includes(bareAddress(url))));
    if (!optional || !by) return [];
    const cost = takes === undefined ? "" : ` (${takes})`;
    const told = `${name}, which the guide fetches in ${by.id}, is not in the cache. It is got before the first step${cost}, since a step before that one may pass.`;
    return [{ step: by.id, told: cached ? "" : told }];
  });
}

/** What a plan's steps install with yum, and the repositories that they add for it. */
export function packagesOf(plan: Plan | undefined): PackageRequest {
  const asks = (plan?.groups ?? []).flatMap(({ steps }) => steps).flatMap((step) => step.asks ?? []);
  const commands = asks.filter(({ capability }) => capability === "yum").map(({ what }) => what.split(/\s+/));
  const of = (program: string): string[][] =>
    commands.filter(([name]) => name === program).map((words) => words.slice(1));
  const install = of("yum").flatMap((words) => {
    const [verb, ...names] = yumWords(words.map((text) => ({ text }))).map(({ text }) => text);
    return verb === "install" && names.length > 0 ? [names.join(" ")] : [];
  });
  const added = of("yum-config-manager")
    .filter((words) => words.some((word) => word.startsWith("--add-repo")))
    .flatMap((words) => words.map((word) => word.replace(/^--add-repo=/, "")))
    .filter((word) => /^https?:.*\.repo(?:[?#]|$)/.test(word));
  return { install: [...new Set(install)], added: [...new Set(added)] };
}
