import { UsageError } from "../../errors.ts";
import { loadProfile, ownGuide } from "../../profile/profile.ts";
import { noCentos, noFirewalld, noSelinux, noYum } from "../limitations.ts";
import { type Provider, type RunningCluster, withEndpoints } from "../machine.ts";
import { giveBack } from "./down.ts";
import { type HostOs, type Inventory, loadInventory } from "./file/file.ts";
import { runningMachine } from "./lifecycle.ts";
import { listRecords, own, readDefinition } from "./restore/record.ts";
import { take } from "./up.ts";

/** Ports that carry the guide to a system; it was written for CentOS 7. */
const portsOf: Readonly<Record<HostOs, readonly string[]>> = {
  // Its changes hold for any Debian 12 that has docker.io.
  debian12: ["embedded-os", "debian-packages", "without-firewalld", "without-selinux"],
  centos7: [],
};

export type InventoryChoice = {
  /** The inventory file; not needed for clusters that are written down. */
  readonly inventory?: string | undefined;
  /** The guide's file; the project's own if absent. */
  readonly guide?: string | undefined;
  /** Whether hosts that carry the guide already are taken as they are. */
  readonly adopt?: boolean | undefined;
};

/** Hosts that someone already has, named by an inventory file. */
export function inventory({
  inventory: file,
  guide: guideFile = ownGuide,
  adopt = false,
}: InventoryChoice): Provider {
  let loaded: Inventory | undefined;
  const load = (): Inventory => {
    if (file !== undefined) return (loaded ??= loadInventory(file, loadProfile(guideFile)));
    throw new UsageError("No hosts are named", {
      hint: "Name an inventory file with --inventory; docs/inventory.md describes it.",
    });
  };
  return {
    name: "inventory",
    online: true,
    borrowed: true,
    cannotProve: [],
    get limitations() {
      return load().os === "debian12" ? [noCentos, noYum, noFirewalld, noSelinux] : [];
    },
    get packages() {
      return load().os === "centos7" ? "centos" : undefined;
    },
    get ports() {
      return portsOf[load().os];
    },
    async layout() {
      return load().hosts.map(({ spec }) => spec);
    },
    async probe() {
      // What can be known without a host is known once the file is read.
      load();
      return [];
    },
    async prepare() {},
    up: (spec, progress, context) =>
      take(spec, load(), { adopt, guide: loadProfile(guideFile) }, progress, context),
    open,
    down: giveBack,
    list: listRecords,
  };
}

async function open(id: string): Promise<RunningCluster | undefined> {
  const definition = await readDefinition(id);
  if (!definition?.complete) return undefined;
  const { spec, endpoints, assists } = definition;
  await own(id);
  return {
    spec,
    machines: withEndpoints(spec.machines, endpoints).map(({ spec: machine, endpoint }) =>
      runningMachine(machine, endpoint, spec.machines),
    ),
    assists,
  };
}
