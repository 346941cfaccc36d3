import { join } from "node:path";
import { artifactSet } from "../artifacts/index.ts";
import { buildPlan } from "../guide/plan.ts";
import type { Plan } from "../guide/types.ts";
import { provider } from "../machines/index.ts";
import { projectRoot } from "../paths.ts";
import { guideMachines } from "./machines.ts";

/** What a person chooses for a run. */
export type Settings = {
  /** Id of the cluster: its machines, ledger and state. */
  readonly cluster: string;
  readonly provider: string;
  readonly artifacts: string;
  /** The guide's file. */
  readonly guide: string;
  /** Ids of errata that are put back as originally written. */
  readonly errata: readonly string[];
  /** YAML files with further edits of the guide. */
  readonly edits: readonly string[];
};

export const defaultSettings: Settings = {
  cluster: "main",
  provider: "nspawn",
  artifacts: "debian",
  guide: join(projectRoot, "fixtures/guide/guide.md"),
  errata: [],
  edits: [],
};

/** Ports that the settings' machines and binaries need, in the order they apply. */
export const portsOf = (settings: Pick<Settings, "provider" | "artifacts">): string[] => [
  ...provider(settings.provider).ports,
  ...artifactSet(settings.artifacts).ports,
];

/** The ordered steps for these settings; touches no machine. InvalidGuideError or UsageError if they do not fit. */
export const planOf = (settings: Settings): Promise<Plan> =>
  buildPlan({
    guideFile: settings.guide,
    machines: guideMachines,
    ports: portsOf(settings),
    errata: settings.errata,
    extraEdits: settings.edits,
  });

/** Values in the plan that must never be recorded: the first field of the static token file (section 2.6.2.1). */
export const secretsOf = (plan: Plan): string[] =>
  plan.groups
    .flatMap((group) => group.steps)
    .flatMap(({ action }) =>
      action.kind === "file" && action.path.endsWith("/token.csv")
        ? action.content.split("\n").map((line) => line.split(",")[0] ?? "")
        : [],
    );
