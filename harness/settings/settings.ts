import { stat } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { artifactSet } from "../artifacts/index.ts";
import { UsageError } from "../errors.ts";
import { portsFor } from "../guide/edit/ports.ts";
import { buildPlan } from "../guide/plan/plan.ts";
import type { Plan } from "../guide/types.ts";
import { provider } from "../machines/index.ts";
import type { MachineSpec } from "../machines/machine.ts";
import type { ClusterState } from "../run/cluster/state.ts";
import { machinesWith, nodesOf } from "../profile/machines.ts";
import { loadProfile, ownGuide } from "../profile/profile.ts";
import { processRedactor } from "../secrets/redact.ts";
import { secretsOf } from "../secrets/secrets.ts";
import {
  aboutSetting,
  defaultSettings,
  type SettingName,
  settingNames,
  settingsSchema,
  type StoredSettings,
  withoutAbsent,
  wordsOf,
} from "./schema.ts";

export { defaultSettings };

/** What a person chooses for a run, and what is known of the cluster that it is for. */
export type Settings = StoredSettings & {
  /** What a cluster that is up was made with; it holds in the place of what provider and set would give now. */
  readonly made?: Pick<ClusterState, "ports" | "machines">;
};

/** Ports that the settings' machines and binaries need, in the order they apply. */
export const portsOf = (settings: Settings): readonly string[] =>
  settings.made?.ports ??
  portsFor(settings.guide, [...provider(settings).ports, ...artifactSet(settings.artifacts).ports]);

/** The machines that the settings' provider gives. UsageError if it cannot, or not as many as are asked for. */
export async function machinesOf(settings: Settings): Promise<readonly MachineSpec[]> {
  if (settings.made) return settings.made.machines;
  const { provider: name, nodes, guide } = settings;
  const wanted = machinesWith(loadProfile(guide), nodes);
  const machines = (await provider(settings).layout?.(wanted)) ?? wanted;
  const given = nodesOf(machines);
  if (nodes === undefined || given === nodes) return machines;
  throw new UsageError(`The provider ${name} has ${given} nodes, not ${nodes}`, {
    hint: "Leave --nodes out: it is for providers that make their machines.",
  });
}

/**
 * The ordered steps for these settings; touches no machine. InvalidGuideError or UsageError if they do not fit. What is
 * secret in them is known to the process's redactor from then on.
 */
export async function planOf(settings: Settings): Promise<Plan> {
  const plan = await buildPlan({
    guideFile: settings.guide,
    layout: await machinesOf(settings),
    ports: portsOf(settings),
    errata: settings.errata,
    extraEdits: settings.edits,
  });
  processRedactor.learn(secretsOf(plan));
  return plan;
}

/** UsageError for settings that contradict each other or name what there is not, before anything is made. */
export function assertSettings(settings: Settings): void {
  const { online, offline, artifacts } = settings;
  const { online: reachable } = provider(settings);
  artifactSet(artifacts);
  assertInventory(settings);
  if (!online) return;
  if (offline) {
    throw new UsageError("--online downloads, and --offline forbids it", { hint: "Leave one of them out." });
  }
  if (!reachable) {
    throw new UsageError(`Machines of the provider ${settings.provider} reach no download site`, {
      hint: "Leave --online out, or choose a provider whose machines have a network of their own.",
    });
  }
  if (artifacts !== "upstream") {
    throw new UsageError(`The guide's downloads are not those of the artifact set ${artifacts}`, {
      hint: "--online goes with --artifacts upstream.",
    });
  }
}

/** Files that settings name and that are not there, each with the option that names it. */
export async function missingFiles(
  settings: StoredSettings,
  names: readonly SettingName[] = settingNames,
): Promise<{ readonly option: string; readonly file: string }[]> {
  const named = names.flatMap((name) => {
    const { file: isFile, option } = aboutSetting(name);
    const files = isFile ? [settings[name] ?? []].flat() : [];
    return files.map((file) => ({ option, file: String(file) }));
  });
  const missing = await Promise.all(named.map(async ({ file }) => !(await isThere(file))));
  return named.filter((_, index) => missing[index]);
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  );

function assertInventory({ provider: name, inventory, adopt, made }: Settings): void {
  if (name === "inventory" ? inventory !== undefined || made : inventory === undefined && !adopt) return;
  const [message, hint] =
    name === "inventory"
      ? ["No hosts are named", "Name an inventory file with --inventory; docs/inventory.md describes it."]
      : [`The provider ${name} makes its machines`, "--inventory and --adopt go with --provider inventory."];
  throw new UsageError(message, { hint });
}

/**
 * The settings for a cluster that is up: what it was made with and, unless a person asks for another, the guide that was
 * applied to it. UsageError if a person asked for something else than it has; `asked` has the names of those settings.
 */
export function settingsFor(
  settings: Settings,
  state: ClusterState,
  asked: ReadonlySet<SettingName>,
): Settings {
  const has: StoredSettings = { ...state.settings, cluster: state.id };
  const chosen = settingNames.map((name) => {
    const { onCluster } = aboutSetting(name);
    if (onCluster === "made" && asked.has(name)) assertSame(name, settings, has);
    const own = onCluster === "run" || (onCluster === "kept" && asked.has(name));
    return [name, (own ? settings : has)[name]] as const;
  });
  const { ports, machines } = state;
  return { ...settingsSchema.parse(withoutAbsent(chosen)), made: { ports, machines } };
}

function assertSame(name: SettingName, wanted: StoredSettings, has: StoredSettings): void {
  if (isDeepStrictEqual(wanted[name], has[name])) return;
  const { option } = aboutSetting(name);
  const [words, other] = [has, wanted].map((one) => wordsOf(name, one[name]).join(" "));
  throw new UsageError(
    `Cluster ${has.cluster} was brought up ${words ? `with ${words}` : `without ${option}`}${other ? `, not with ${other}` : ""}`,
    {
      hint: `Leave ${option} out, or bring up another cluster with \`pnpm run up --cluster ID ${other}\`.`,
    },
  );
}

/** The settings with as many nodes as the provider gives. UsageError as `machinesOf`. */
export const withNodes = async (settings: Settings): Promise<Settings> => ({
  ...settings,
  nodes: nodesOf(await machinesOf(settings)),
});

/** Whether it is the project's own guide on its own machines, as it is: what is published is about that. */
export const isOwnGuide = ({ guide, errata, edits, nodes }: Settings): boolean =>
  guide === ownGuide && errata.length + edits.length === 0 && (nodes ?? ownNodes()) === ownNodes();

const ownNodes = (): number => nodesOf(loadProfile(ownGuide).machines);

/** UsageError if what is to be published is not about the project's own guide. */
export function assertOwnGuide(settings: Settings, option: string): void {
  if (isOwnGuide(settings)) return;
  throw new UsageError(`${option} is about the project's own guide, as it is`, {
    hint: `Leave ${option} out, or --guide, --as-written, --edits and --nodes.`,
  });
}
