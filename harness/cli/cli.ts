import { bare, main } from "./command/base.ts";
import { addAsked, askedWords, type Lazy } from "./command/lazy.ts";

const commands: Lazy = {
  plan: async () => (await import("./plan.ts")).planCommand(),
  guide: async () => (await import("./guide.ts")).guideCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  artifacts: async () => (await import("./artifacts.ts")).artifactsCommand(),
  status: async () => (await import("./clusters.ts")).statusCommand(),
  shell: async () => (await import("./shell.ts")).shellCommand(),
  down: async () => (await import("./clusters.ts")).downCommand(),
  gc: async () => (await import("./clusters.ts")).gcCommand(),
  mutants: async () => (await import("./mutants.ts")).mutantsCommand(),
  repro: async () => (await import("./repro.ts")).reproCommand(),
  report: async () => (await import("./report.ts")).reportCommand(),
  chaos: async () => (await import("./chaos.ts")).chaosCommand(),
  checkpoints: async () => (await import("./checkpoints.ts")).checkpointsCommand(),
  inventory: async () => (await import("./inventory.ts")).inventoryCommand(),
  reset: async () => (await import("./inventory.ts")).resetCommand(),
  box: async () => (await import("./vagrant.ts")).boxCommand(),
  libvirt: async () => (await import("./vagrant.ts")).libvirtCommand(),
  snapshot: async () => (await import("./vagrant.ts")).snapshotCommand(),
};

const program = bare("pnpm run", "prove a written guide that installs Kubernetes, step by step");
program.enablePositionalOptions();
await addAsked(program, commands, askedWords()[0]);
await main(program);
