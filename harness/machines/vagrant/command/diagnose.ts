import { InfrastructureError } from "../../../errors.ts";
import { tailOf } from "../../../host/exec.ts";
import { boxName, libvirtUri, type VagrantEnvironment } from "./settings.ts";

/** How vagrant, virsh or libvirt failed. */
export type Failure = {
  readonly command: string;
  /** Vagrant's class of error, such as `Vagrant::Errors::BoxNotFound`; empty if it gave none. */
  readonly name: string;
  readonly message: string;
  /** All that was printed, for the tail of the error. */
  readonly output: string;
  readonly env: VagrantEnvironment;
};

type Known = {
  readonly pattern: RegExp;
  readonly what: string | ((env: VagrantEnvironment) => string);
  readonly hint: string;
};

/**
 * What vagrant and libvirt say, and what it means. Vagrant works on machines in parallel and puts their errors into
 * one text (`BatchMultiError`), so the text and not the class tells; the first that fits is the cause.
 */
const known: readonly Known[] = [
  {
    pattern:
      /provider '[^']*' could not be found|No usable default provider|vagrant-libvirt.*could not be (?:found|loaded)/i,
    what: "vagrant has no plugin for libvirt",
    hint: "Install it: `apt-get install vagrant-libvirt` for Debian's vagrant, `vagrant plugin install vagrant-libvirt` for another.",
  },
  {
    pattern:
      /authentication (?:unavailable|failed|cancelled)|(?:libvirt-sock|socket).*Permission denied|polkit/i,
    what: (env) => `This user may not use libvirt at ${libvirtUri(env)}`,
    hint: "Add the user to the group libvirt (`usermod --append --groups libvirt USER`, then log in again), or run as root.",
  },
  {
    pattern:
      /Failed to connect socket|Error (?:while connecting to Libvirt|making a connection to libvirt)|Cannot recv data|Connection refused/i,
    what: (env) => `libvirt does not answer at ${libvirtUri(env)}`,
    hint: "Start it (`systemctl start libvirtd`), or run the command with a private libvirt: `pnpm libvirt -- COMMAND`.",
  },
  {
    pattern:
      /box '[^']*' could not be found|Box '[^']*' could not be found|box you're attempting to add (?:doesn't|could not)|error occurred while downloading the remote file|Could not resolve host/i,
    what: (env) => `The box ${boxName(env)} is not here and cannot be fetched`,
    hint: "Name its file, or the address of one, with GUIDE_BOX_URL, or make the Debian box: `pnpm run box`, then GUIDE_BOX=guide/debian12.",
  },
  {
    pattern: /checksum.*(?:did not match|doesn't match|mismatch)|BoxChecksumMismatch/is,
    what: (env) => `The box ${boxName(env)} has another checksum than the one that was given`,
    hint: "Fetch it again from a place you trust.",
  },
  {
    pattern:
      /type=kvm|KVM is not available|Could not access KVM|no KVM|failed to initialize kvm|failed to set MSR|domain type(?: is)? 'kvm'|virt type 'kvm'/i,
    what: "This host has no KVM that a machine can run on",
    hint: "Turn on the processor's virtualization in the firmware and load kvm_intel or kvm_amd; or emulate it, about ten times slower: GUIDE_VM_DRIVER=qemu, with --timeout-factor 10.",
  },
  {
    pattern:
      /Cannot allocate memory|cannot set up guest memory|unable to map backing store|not enough memory|out of memory/i,
    what: "The host does not have enough memory for the machines",
    hint: "Free some, or give each machine less: GUIDE_VM_MEMORY=1536 (megabytes).",
  },
  {
    pattern: /No space left on device/i,
    what: "The disk with the machines' images is full",
    hint: "Free some space where libvirt's storage pool is (`virsh pool-dumpxml default`).",
  },
  {
    pattern: /Address already in use|address .* (?:is )?already in use/i,
    what: "An address of the machines' networks is in use on this host",
    hint: "Find who has it (`ip address`, `ss -lnup`), or run in a network of its own: `pnpm libvirt -- COMMAND`.",
  },
  {
    pattern:
      /Network is already in use by interface|does not match with network name|already (?:in )?use(?:d)? by (?:another )?network|collides with a non-hostonly|dhcp (?:enabled|disabled)\./i,
    what: "Another network on this host has the machines' addresses",
    hint: "Remove it (`virsh net-list --all`, `ip address`), or run in a network of its own: `pnpm libvirt -- COMMAND`.",
  },
  {
    pattern: /of domain about to create is already taken|Volume for domain is already created/i,
    what: "There is a machine of that name in libvirt already",
    hint: "Run `pnpm gc`, or look who made it: `virsh list --all`.",
  },
  {
    pattern: /entered an invalid state while waiting for it\s+to boot/i,
    what: "A machine was switched off while it booted",
    hint: "Check whether somebody removed it, or the kernel killed its QEMU because memory ran out (`dmesg`).",
  },
  {
    pattern: /Timed out while waiting for the machine to boot|No IP address found|VMBootTimeout/i,
    what: "A machine did not answer SSH in time",
    hint: "Its console tells how far it came; --timeout-factor gives slow machines more time.",
  },
];

/** The failure as an InfrastructureError that says what to do; for one that is not known, vagrant's own words. */
export function diagnose({ command, name, message, output, env }: Failure): InfrastructureError {
  const said = `${name}\n${message}`;
  const cause = known.find(({ pattern }) => pattern.test(said));
  const what = typeof cause?.what === "function" ? cause.what(env) : cause?.what;
  return new InfrastructureError(what ?? `\`${command}\` failed: ${firstLine(message)}`, {
    command,
    outputTail: tailOf(output),
    hint: cause?.hint ?? "Its output is shown; `VAGRANT_LOG=info` makes vagrant tell more.",
  });
}

const firstLine = (text: string): string =>
  text
    .split("\n")
    .find((line) => line.trim() !== "")
    ?.trim() ?? "no message";
