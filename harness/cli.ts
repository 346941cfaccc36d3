import { bare, main } from "./commands/base.ts";
import { addAsked, askedWords, type Lazy } from "./commands/lazy.ts";

const commands: Lazy = {
  plan: async () => (await import("./commands/plan.ts")).planCommand(),
  guide: async () => (await import("./commands/guide.ts")).guideCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
  artifacts: async () => (await import("./commands/artifacts.ts")).artifactsCommand(),
  status: async () => (await import("./commands/clusters.ts")).statusCommand(),
  shell: async () => (await import("./commands/shell.ts")).shellCommand(),
  down: async () => (await import("./commands/clusters.ts")).downCommand(),
  gc: async () => (await import("./commands/clusters.ts")).gcCommand(),
  chaos: async () => (await import("./commands/chaos.ts")).chaosCommand(),
  checkpoints: async () => (await import("./commands/checkpoints.ts")).checkpointsCommand(),
  inventory: async () => (await import("./commands/inventory.ts")).inventoryCommand(),
  reset: async () => (await import("./commands/inventory.ts")).resetCommand(),
  box: async () => (await import("./commands/vagrant.ts")).boxCommand(),
  libvirt: async () => (await import("./commands/vagrant.ts")).libvirtCommand(),
  snapshot: async () => (await import("./commands/vagrant.ts")).snapshotCommand(),
};

const program = bare("pnpm run", "prove a written guide that installs Kubernetes, step by step");
program.enablePositionalOptions();
await addAsked(program, commands, askedWords()[0]);
await main(program);
