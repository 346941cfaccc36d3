import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import { type Check, isShort, type MachineSpec, type Shortfall } from "../machine.ts";
import { freeBytes } from "../../host/files.ts";
import { isInstalled } from "../../host/packages/packages.ts";
import { checkPrograms } from "../programs.ts";
import { canUseKvm } from "./libvirt/kvm.ts";
import { driverName, libvirtUri, memoryOf, vagrantHome } from "./command/settings.ts";
import { vagrantText } from "./command/vagrant.ts";
import { forDriving } from "./packages.ts";
import { virsh } from "./libvirt/virsh.ts";

/** Looks at the host, changes nothing. `machines` is how many there are to be. */
export async function gatherHostFacts(machines: number, context: Context) {
  const hasVirsh = await isInstalled("virsh");
  const domains = hasVirsh ? await said(["list", "--name"], context) : "";
  const libvirt = typeof domains === "string" ? undefined : domains;
  const pool = hasVirsh && !libvirt ? await said(["pool-dumpxml", "default"], context) : "";
  // Where libvirt makes its default pool, unless there is one.
  const path = /<path>([^<]+)<\/path>/.exec(String(pool))?.[1] ?? "/var/lib/libvirt/images";
  return {
    programs: await checkPrograms("programs that drive machines", forDriving),
    /** Whether vagrant has the plugin; undefined without vagrant. */
    plugin: (await isInstalled("vagrant")) ? await hasPlugin(context) : undefined,
    virsh: hasVirsh,
    /** Why libvirt does not answer, and what to do. */
    libvirt,
    driver: driverName(),
    kvm: await canUseKvm(),
    availableMegabytes: availableMegabytes(await readFile("/proc/meminfo", "utf8")),
    neededMegabytes: memoryOf() * machines,
    /** Where libvirt keeps the machines' disks, and what is free there. */
    disk: { path, freeBytes: await freeBytes(path) },
  };
}

/** What the host gives, as far as machines of Vagrant depend on it. */
export type HostFacts = Readonly<Awaited<ReturnType<typeof gatherHostFacts>>>;

async function hasPlugin(context: Context): Promise<boolean> {
  const env = { VAGRANT_HOME: vagrantHome() };
  return /^vagrant-libvirt /m.test(await vagrantText(["plugin", "list"], env, context));
}

/** What virsh prints, or why it fails. */
async function said(args: readonly string[], context: Context): Promise<string | InfrastructureError> {
  try {
    return await virsh({ LIBVIRT_DEFAULT_URI: libvirtUri() }, args, context);
  } catch (error) {
    if (error instanceof InfrastructureError) return error;
    throw error;
  }
}

/** MemAvailable of /proc/meminfo, in megabytes. */
export const availableMegabytes = (meminfo: string): number =>
  Math.floor(Number(/^MemAvailable:\s*(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) / 1024);

/** A check that is in order, or short of something if there is a remedy. */
const check = (need: string, found: string, remedy?: string, fatal = true): Check =>
  remedy === undefined ? { need, found } : { need, found, remedy, fatal };

/** For the box, thrice what the guide writes, and a snapshot or two. */
const neededGibibytes = 30;

/** All that these facts say of a host, in order or not. */
export function checksOf(facts: HostFacts): Check[] {
  const { availableMegabytes: available, neededMegabytes: needed } = facts;
  const gibibytes = Math.floor(facts.disk.freeBytes / 2 ** 30);
  const free = `${gibibytes} GiB free in ${facts.disk.path}`;
  return [
    facts.programs,
    ...(facts.plugin === undefined ? [] : [pluginCheck(facts.plugin)]),
    ...(facts.virsh ? [libvirtCheck(facts.libvirt)] : []),
    processors(facts),
    available >= needed
      ? check("memory for machines", `${available} MB available, ${needed} needed`)
      : check(
          `${needed} MB of memory for machines`,
          `${available} MB available`,
          "Free some, or give each machine less: GUIDE_VM_MEMORY=1536.",
        ),
    gibibytes >= neededGibibytes
      ? check("disk for machines", free)
      : check(
          `${neededGibibytes} GiB of disk for machines`,
          free,
          "Free some, or move libvirt's pool to another disk (`virsh pool-edit default`).",
          false,
        ),
  ];
}

const pluginCheck = (isThere: boolean): Check =>
  isThere
    ? check("vagrant's plugin for libvirt", "installed")
    : check(
        "vagrant's plugin for libvirt",
        "missing",
        "Install it: `apt-get install vagrant-libvirt` for Debian's vagrant, `vagrant plugin install vagrant-libvirt` for another.",
      );

const libvirtCheck = (failure: InfrastructureError | undefined): Check =>
  failure
    ? check("libvirt", failure.message, failure.details.hint ?? "Start it.")
    : check("libvirt", `answers at ${libvirtUri()}`);

export const shortfallsOf = (facts: HostFacts): Shortfall[] => checksOf(facts).filter(isShort);

function processors({ driver, kvm }: HostFacts): Check {
  if (driver !== "kvm") {
    return check(
      "KVM",
      `the driver ${driver} was chosen`,
      "Nothing to do: processors are emulated, about ten times slower; --timeout-factor 10 gives them time.",
      false,
    );
  }
  if (kvm) return check("KVM", "/dev/kvm, supported by the processor");
  return check(
    "KVM",
    "none that this user may use, or none that the processor supports",
    "Turn on virtualization in the firmware, `modprobe kvm_intel` or `kvm_amd`, and `usermod -aG kvm,libvirt USER`; or emulate it: GUIDE_VM_DRIVER=qemu, with --timeout-factor 10.",
  );
}

type HostAddresses = readonly { readonly name: string; readonly address: string; readonly netmask: string }[];

/** IPv4 addresses of this network namespace. */
const hostAddresses = (): HostAddresses =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family }) => family === "IPv4")
      .map(({ address, netmask }) => ({ name, address, netmask })),
  );

/** InfrastructureError if the host has an address of the machines, or a network that holds them. */
export function assertAddressesFree(
  machines: readonly MachineSpec[],
  addresses: HostAddresses = hostAddresses(),
): void {
  const hint =
    "Take the address off that interface, or run in a network of its own: `pnpm libvirt -- COMMAND`.";
  for (const { name, address } of machines) {
    const same = addresses.find((own) => own.address === address);
    if (same) {
      throw new InfrastructureError(
        `${address}, the address of ${name}, is in use on this host by ${same.name}`,
        { machine: name, hint },
      );
    }
    const around = addresses.find(
      (own) => network(own.address, own.netmask) === network(address, own.netmask),
    );
    if (around) {
      throw new InfrastructureError(
        `The network of ${name} (${address}) collides with that of ${around.name} (${around.address})`,
        { machine: name, hint },
      );
    }
  }
}

const bits = (dotted: string): number =>
  dotted.split(".").reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);

const network = (address: string, netmask: string): number => (bits(address) & bits(netmask)) >>> 0;
