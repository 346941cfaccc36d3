import { artifactsCommand } from "./commands/artifacts.ts";
import { checkpointsCommand } from "./commands/checkpoints.ts";
import { downCommand, gcCommand, statusCommand } from "./commands/clusters.ts";
import { bare, main } from "./commands/command.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { inventoryCommand, resetCommand } from "./commands/inventory.ts";
import { planCommand } from "./commands/plan.ts";
import { shellCommand } from "./commands/shell.ts";
import { boxCommand, libvirtCommand, snapshotCommand } from "./commands/vagrant.ts";

const program = bare("guide", "prove a written guide that installs Kubernetes, step by step");
program.enablePositionalOptions();
for (const make of [
  planCommand,
  doctorCommand,
  artifactsCommand,
  statusCommand,
  shellCommand,
  downCommand,
  gcCommand,
  checkpointsCommand,
  inventoryCommand,
  resetCommand,
  boxCommand,
  libvirtCommand,
  snapshotCommand,
]) {
  program.addCommand(make());
}
await main(program);
