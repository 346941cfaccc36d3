import { readFile, statfs } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { Context } from "../../context.ts";
import { InfrastructureError } from "../../errors.ts";
import { type Check, isShort, type MachineSpec, type Shortfall } from "../machine.ts";
import { canInstall, isInstalled } from "../../host/packages/packages.ts";
import { canUseKvm } from "./libvirt/kvm.ts";
import { driverName, libvirtUri, memoryOf } from "./command/settings.ts";
import { vagrantText } from "./command/vagrant.ts";
import { virsh } from "./libvirt/virsh.ts";

/** What the host gives, as far as machines of Vagrant depend on it. */
export type HostFacts = {
  readonly vagrant: boolean;
  readonly virsh: boolean;
  /** Root with apt can install what is missing, unless nothing may be downloaded. */
  readonly canInstall: boolean;
  /** Whether vagrant has the plugin; undefined without vagrant. */
  readonly plugin: boolean | undefined;
  /** Why libvirt does not answer, and what to do. */
  readonly libvirt: InfrastructureError | undefined;
  readonly driver: string;
  readonly kvm: boolean;
  readonly availableMegabytes: number;
  readonly neededMegabytes: number;
  /** Where libvirt keeps the machines' disks, and what is free there. */
  readonly disk: { readonly path: string; readonly freeBytes: number };
};

/** Looks at the host, changes nothing. `machines` is how many there are to be. */
export async function gatherHostFacts(machines: number, context: Context): Promise<HostFacts> {
  const env = process.env;
  const hasVagrant = await isInstalled("vagrant");
  const hasVirsh = await isInstalled("virsh");
  const libvirt = hasVirsh ? await libvirtFailure(context) : undefined;
  return {
    vagrant: hasVagrant,
    virsh: hasVirsh,
    canInstall: await canInstall(),
    plugin: hasVagrant ? await hasPlugin(context) : undefined,
    libvirt,
    driver: driverName(env),
    kvm: await canUseKvm(),
    availableMegabytes: availableMegabytes(await readFile("/proc/meminfo", "utf8")),
    neededMegabytes: memoryOf(env) * machines,
    disk: await diskOf(hasVirsh && !libvirt ? await poolFolder(context) : undefined),
  };
}

async function hasPlugin(context: Context): Promise<boolean> {
  const env = process.env["VAGRANT_HOME"] ? { VAGRANT_HOME: process.env["VAGRANT_HOME"] } : {};
  return /^vagrant-libvirt /m.test(await vagrantText(["plugin", "list"], env, context));
}

async function libvirtFailure(context: Context): Promise<InfrastructureError | undefined> {
  try {
    await virsh({ LIBVIRT_DEFAULT_URI: libvirtUri() }, ["list", "--name"], context);
    return undefined;
  } catch (error) {
    if (error instanceof InfrastructureError) return error;
    throw error;
  }
}

/** The folder of libvirt's default pool; undefined if there is none yet. */
async function poolFolder(context: Context): Promise<string | undefined> {
  try {
    const xml = await virsh({ LIBVIRT_DEFAULT_URI: libvirtUri() }, ["pool-dumpxml", "default"], context);
    return /<path>([^<]+)<\/path>/.exec(xml)?.[1];
  } catch (error) {
    if (error instanceof InfrastructureError) return undefined;
    throw error;
  }
}

/** What is free in that folder, or where libvirt makes one. */
async function diskOf(pool = "/var/lib/libvirt/images"): Promise<HostFacts["disk"]> {
  const there = await statfs(pool).catch(() => undefined);
  const path = there ? pool : "/var/lib";
  const { bavail, bsize } = there ?? (await statfs(path));
  return { path, freeBytes: bavail * bsize };
}

/** MemAvailable of /proc/meminfo, in megabytes. */
export const availableMegabytes = (meminfo: string): number =>
  Math.floor(Number(/^MemAvailable:\s*(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) / 1024);

/** All that these facts say of a host, in order or not. */
export const checksOf = (facts: HostFacts): Check[] => [
  ...programs(facts),
  ...processors(facts),
  ...memory(facts),
  ...disk(facts),
];

/** What a host with these facts lacks; nothing for a host that is fit. */
export const shortfallsOf = (facts: HostFacts): Shortfall[] => checksOf(facts).filter(isShort);

function programs(facts: HostFacts): Check[] {
  const missing = [
    facts.vagrant ? [] : "vagrant vagrant-libvirt",
    facts.virsh ? [] : "libvirt-clients",
  ].flat();
  return [
    {
      need: "vagrant and virsh",
      ...(missing.length === 0
        ? { found: "installed" }
        : {
            found: `without ${missing.join(" ")}`,
            remedy: facts.canInstall
              ? "Nothing to do: the next run installs them with apt-get."
              : `Install them: \`apt-get install ${missing.join(" ")}\`.`,
            fatal: !facts.canInstall,
          }),
    },
    ...(facts.plugin === undefined
      ? []
      : [
          {
            need: "vagrant's plugin for libvirt",
            ...(facts.plugin
              ? { found: "installed" }
              : {
                  found: "missing",
                  remedy:
                    "Install it: `apt-get install vagrant-libvirt` for Debian's vagrant, `vagrant plugin install vagrant-libvirt` for another.",
                  fatal: true,
                }),
          },
        ]),
    ...(facts.virsh
      ? [
          {
            need: "libvirt",
            ...(facts.libvirt
              ? {
                  found: facts.libvirt.message,
                  remedy: facts.libvirt.details.hint ?? "Start it.",
                  fatal: true,
                }
              : { found: `answers at ${libvirtUri()}` }),
          },
        ]
      : []),
  ];
}

function processors({ driver, kvm }: HostFacts): Check[] {
  if (driver !== "kvm") {
    return [
      {
        need: "KVM",
        found: `the driver ${driver} was chosen`,
        remedy:
          "Nothing to do: processors are emulated, about ten times slower; --timeout-factor 10 gives them time.",
        fatal: false,
      },
    ];
  }
  if (kvm) return [{ need: "KVM", found: "/dev/kvm, helped by the processor" }];
  return [
    {
      need: "KVM",
      found: "none that this user may use, or none that the processor helps",
      remedy:
        "Turn on virtualization in the firmware, `modprobe kvm_intel` or `kvm_amd`, and `usermod -aG kvm,libvirt USER`; or emulate it: GUIDE_VM_DRIVER=qemu, with --timeout-factor 10.",
      fatal: true,
    },
  ];
}

function memory({ availableMegabytes: available, neededMegabytes: needed }: HostFacts): Check[] {
  const found = `${available} MB available`;
  if (available >= needed) return [{ need: "memory for machines", found: `${found}, ${needed} needed` }];
  return [
    {
      need: `${needed} MB of memory for machines`,
      found,
      remedy: "Free some, or give each machine less: GUIDE_VM_MEMORY=1536.",
      fatal: true,
    },
  ];
}

/** For the box, thrice what the guide writes, and a snapshot or two. */
const neededGibibytes = 30;

function disk({ disk: of }: HostFacts): Check[] {
  const gibibytes = Math.floor(of.freeBytes / 2 ** 30);
  const found = `${gibibytes} GiB free in ${of.path}`;
  if (gibibytes >= neededGibibytes) return [{ need: "disk for machines", found }];
  return [
    {
      need: `${neededGibibytes} GiB of disk for machines`,
      found,
      remedy: "Free some, or move libvirt's pool to another disk (`virsh pool-edit default`).",
      fatal: false,
    },
  ];
}

type HostAddresses = readonly { readonly name: string; readonly address: string; readonly netmask: string }[];

/** IPv4 addresses of this network namespace. */
export const hostAddresses = (): HostAddresses =>
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
        {
          machine: name,
          hint,
        },
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
