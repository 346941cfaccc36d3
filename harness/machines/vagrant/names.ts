import { join } from "node:path";
import { stateRoot } from "../../host/paths.ts";

/** Where everything of one cluster is, derived from its id alone. */
export type VagrantNames = {
  /** Host folder with ledger, definition, consoles and vagrant's own records. */
  readonly state: string;
  readonly ledger: string;
  readonly definition: string;
  /** VAGRANT_DOTFILE_PATH. */
  readonly dotfiles: string;
  /** What every domain and network of the cluster in libvirt begins with. */
  readonly prefix: string;
  /** The libvirt network that has the machines' addresses. */
  readonly network: string;
};

/** Folder with one folder for each cluster. */
export const clustersFolder = (): string => join(stateRoot(), "vagrant");

/** A dot is in no id, so names of different clusters never meet. */
export function vagrantNames(id: string): VagrantNames {
  const state = join(clustersFolder(), id);
  const prefix = `k8s-guide.${id}.`;
  return {
    state,
    ledger: join(state, "ledger.jsonl"),
    definition: join(state, "cluster.json"),
    dotfiles: join(state, "dotfiles"),
    prefix,
    network: `${prefix}cluster`,
  };
}

/** The domain of a machine, as libvirt knows it. */
export const domainOf = (id: string, machine: string): string => `${vagrantNames(id).prefix}${machine}`;

/** A machine's console output, of its last boot. */
export const consoleOf = (id: string, machine: string): string =>
  join(vagrantNames(id).state, `${machine}.console.log`);
