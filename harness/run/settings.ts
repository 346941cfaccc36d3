import { join } from "node:path";
import { artifactSet } from "../artifacts/index.ts";
import { UsageError } from "../errors.ts";
import { buildPlan } from "../guide/plan.ts";
import type { Plan } from "../guide/types.ts";
import { provider } from "../machines/index.ts";
import type { MachineSpec } from "../machines/machine.ts";
import { projectRoot } from "../paths.ts";
import type { ClusterState } from "./cluster-state.ts";
import { guideMachines, machinesWith } from "./machines.ts";
import { processRedactor } from "./redact.ts";
import { secretsOf } from "./secrets.ts";

/** What a person chooses for a run. */
export type Settings = {
  /** Id of the cluster: its machines, ledger and state. */
  readonly cluster: string;
  readonly provider: string;
  /** The file that names the hosts, for the provider `inventory`. */
  readonly inventory?: string;
  /** Whether hosts that carry the guide already are taken as they are. */
  readonly adopt: boolean;
  readonly artifacts: string;
  /** The guide's file. */
  readonly guide: string;
  /** Ids of errata that are put back as originally written. */
  readonly errata: readonly string[];
  /** YAML files with further edits of the guide. */
  readonly edits: readonly string[];
  /** How many nodes, where the provider makes them. */
  readonly nodes: number;
  /** Whether the guide's `wget` lines download for real. */
  readonly online: boolean;
  /** Factor for every deadline, for machines that are slow. */
  readonly patience: number;
  /** What a cluster that is up was made with; it holds in the place of what provider and set would give now. */
  readonly made?: Pick<ClusterState, "ports" | "machines">;
};

export const defaultSettings: Settings = {
  cluster: "main",
  provider: "nspawn",
  adopt: false,
  artifacts: "debian",
  guide: join(projectRoot, "fixtures/guide/guide.md"),
  errata: [],
  edits: [],
  nodes: guideMachines.length - 1,
  online: false,
  patience: 1,
};

/** Ports that the settings' machines and binaries need, in the order they apply. */
export const portsOf = (settings: Settings): readonly string[] =>
  settings.made?.ports ?? [...provider(settings).ports, ...artifactSet(settings.artifacts).ports];

/** The machines that the settings' provider gives. UsageError if it cannot. */
export const machinesOf = async (settings: Settings): Promise<readonly MachineSpec[]> =>
  settings.made?.machines ?? provider(settings).layout(machinesWith(settings.nodes));

/**
 * The ordered steps for these settings; touches no machine. InvalidGuideError or UsageError if they do not fit. What is
 * secret in them is known to the process's redactor from then on.
 */
export async function planOf(settings: Settings): Promise<Plan> {
  const plan = await buildPlan({
    guideFile: settings.guide,
    machines: guideMachines,
    layout: await machinesOf(settings),
    ports: portsOf(settings),
    errata: settings.errata,
    extraEdits: settings.edits,
  });
  processRedactor.learn(secretsOf(plan));
  return plan;
}

/** UsageError for settings that contradict each other, before anything is made. */
export function assertSettings(settings: Settings): void {
  const { online, artifacts, patience } = settings;
  if (!(patience >= 1 && patience <= 100)) {
    throw new UsageError(`A deadline cannot be multiplied by ${patience}`, {
      hint: "--patience takes a number from 1 to 100.",
    });
  }
  assertInventory(settings);
  if (!online) return;
  if (!provider(settings).online) {
    throw new UsageError(`Machines of the provider ${settings.provider} reach no download site`, {
      hint: "Leave --online out, or choose a provider whose machines have a network of their own.",
    });
  }
  if (artifacts !== "guide") {
    throw new UsageError(`The guide's downloads are not those of the artifact set ${artifacts}`, {
      hint: "--online goes with --artifacts guide.",
    });
  }
}

function assertInventory({ provider: name, inventory, adopt, made }: Settings): void {
  if (name === "inventory" ? inventory !== undefined || made : inventory === undefined && !adopt) return;
  const [message, hint] =
    name === "inventory"
      ? [
          "Nothing says which hosts there are",
          "Name an inventory file with --inventory; docs/inventory.md describes it.",
        ]
      : [`The provider ${name} makes its machines`, "--inventory and --adopt go with --provider inventory."];
  throw new UsageError(message, { hint });
}

/**
 * The settings for a cluster that is up: whatever it was made with, but for the guide's text and its edits, which may
 * have moved on. UsageError if a person asked for something else than it has; `asked` has the names of their options.
 */
export function settingsFor(settings: Settings, state: ClusterState, asked: ReadonlySet<string>): Settings {
  const has = { provider: state.provider, artifacts: state.artifactSet, nodes: nodesOf(state.machines) };
  for (const name of ["provider", "artifacts", "nodes"] as const) {
    const [value, wanted] = [has[name], settings[name]];
    if (asked.has(name) && wanted !== value) {
      throw new UsageError(`Cluster ${state.id} was brought up with ${name} ${value}, not ${wanted}`, {
        hint: `Leave --${name} out, or bring up another cluster with \`pnpm run up --cluster ID --${name} ${wanted}\`.`,
      });
    }
  }
  const { ports, machines, errata, edits, online } = state;
  return {
    ...settings,
    ...has,
    online,
    errata: asked.has("asWritten") ? settings.errata : errata,
    edits: asked.has("edits") ? settings.edits : edits,
    patience: asked.has("patience") ? settings.patience : state.patience,
    made: { ports, machines },
  };
}

const nodesOf = (machines: readonly MachineSpec[]): number =>
  machines.filter(({ role }) => role === "node").length;
