import { join } from "node:path";
import { stateRoot } from "../../host/paths.ts";

/** Folder with one folder for each cluster. */
export const clustersFolder = (): string => join(stateRoot(), "vagrant");

/** Where everything of one cluster is, derived from its id alone. A dot is in no id, so names of different clusters never meet. */
export function vagrantNames(id: string) {
  const state = join(clustersFolder(), id);
  const prefix = `k8s-guide.${id}.`;
  return {
    /** Host folder with ledger, definition, consoles and vagrant's own records. */
    state,
    ledger: join(state, "ledger.jsonl"),
    definition: join(state, "cluster.json"),
    /** VAGRANT_DOTFILE_PATH. */
    dotfiles: join(state, "dotfiles"),
    /** What every domain and network of the cluster in libvirt begins with. */
    prefix,
    /** The libvirt network that has the machines' addresses. */
    network: `${prefix}cluster`,
  };
}

/** The domain of a machine, as libvirt knows it. */
export const domainOf = (id: string, machine: string): string => `${vagrantNames(id).prefix}${machine}`;
