import { bare } from "./command/base.ts";
import { type LazyCommands, only } from "./command/lazy.ts";

/** All commands of the harness; those of `scripts` compose runs. */
export const commands: LazyCommands = {
  plan: async () => (await import("./plan.ts")).planCommand(),
  guide: async () => (await import("./guide.ts")).guideCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  artifacts: async () => (await import("./artifacts/artifacts.ts")).artifactsCommand(),
  status: async () => (await import("./machines/clusters.ts")).statusCommand(),
  shell: async () => (await import("./machines/shell.ts")).shellCommand(),
  down: async () => (await import("./machines/clusters.ts")).downCommand(),
  gc: async () => (await import("./machines/clusters.ts")).gcCommand(),
  mutants: async () => (await import("./rounds/mutants.ts")).mutantsCommand(),
  repro: async () => (await import("./rounds/repro.ts")).reproCommand(),
  report: async () => (await import("./rounds/report.ts")).reportCommand(),
  soak: async () => (await import("./machines/soak.ts")).soakCommand(),
  chaos: async () => (await import("./rounds/chaos.ts")).chaosCommand(),
  "host-trial": async () => (await import("./host-trial.ts")).hostTrialCommand(),
  checkpoints: async () => (await import("./machines/checkpoints.ts")).checkpointsCommand(),
  inventory: async () => (await import("./machines/inventory.ts")).inventoryCommand(),
  reset: async () => (await import("./machines/inventory.ts")).resetCommand(),
  box: async () => (await import("./machines/vagrant.ts")).boxCommand(),
  libvirt: async () => (await import("./machines/vagrant.ts")).libvirtCommand(),
  snapshot: async () => (await import("./machines/vagrant.ts")).snapshotCommand(),
};

if (import.meta.main)
  await only(
    bare("pnpm run", "prove a written guide that installs Kubernetes, step by step").usage(
      "COMMAND [options]",
    ),
    commands,
  );
