import { describe, expect, it } from "vitest";
import { diagnose } from "../command/diagnose.ts";

const batch = (message: string): string => `An error occurred while executing multiple actions in parallel.
Any errors that occurred are shown below.

An error occurred while executing the action on the 't71'
machine. Please handle this error then try again:

${message}`;

/** As vagrant 2.3.4, vagrant-libvirt 0.11.2, libvirt 9.0 and QEMU 7.2 said it, unless marked. */
const said: readonly (readonly [what: string, remedy: string, message: string])[] = [
  [
    "no plugin",
    "apt-get install vagrant-libvirt",
    "The provider 'libvirt' could not be found, but was requested to\nback the machine 't71'. Please use a provider that exists.",
  ],
  [
    "The box centos/7 is not here",
    "GUIDE_BOX_URL",
    batch(
      `The box 'centos/7' could not be found or\ncould not be accessed in the remote catalog.\nURL: ["https://vagrantcloud.com/api/v2/vagrant/centos/7"]\nError: Could not resolve host: vagrantcloud.com`,
    ),
  ],
  [
    "libvirt does not answer",
    "systemctl start libvirtd",
    batch(
      "Error while connecting to Libvirt: Error making a connection to libvirt URI qemu:///system:\nCall to virConnectOpen failed: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
    ),
  ],
  [
    "may not use libvirt",
    "group libvirt",
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
  ],
  // Where polkit guards it (libvirt's remote driver).
  [
    "may not use libvirt",
    "group libvirt",
    "error: authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
  ],
  [
    "no KVM",
    "GUIDE_VM_DRIVER=qemu",
    "Call to virDomainCreateWithFlags failed: internal error: process exited while connecting to monitor: 2026-11-24T11:06:20.048025Z qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69",
  ],
  // Without /dev/kvm (QEMU's accel/kvm/kvm-all.c, libvirt's qemu_capabilities.c).
  ["no KVM", "GUIDE_VM_DRIVER=qemu", "Could not access KVM kernel module: No such file or directory"],
  [
    "no KVM",
    "GUIDE_VM_DRIVER=qemu",
    "Error while creating domain: Error saving the server: Call to virDomainDefineXML failed: invalid argument: could not get preferred machine for /usr/bin/qemu-system-x86_64 type=kvm",
  ],
  // QEMU's softmmu/physmem.c.
  [
    "not have enough memory",
    "GUIDE_VM_MEMORY",
    "Call to virDomainCreateWithFlags failed: internal error: qemu unexpectedly closed the monitor: qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory",
  ],
  // libvirt's dnsmasq.
  [
    "address of the machines' networks is in use",
    "ss -lnup",
    "Error while activating network: Call to virNetworkCreate failed: internal error: Child process (dnsmasq) unexpected exit status 2: dnsmasq: failed to create listening socket for 192.168.121.1: Address already in use",
  ],
  // libvirt's src/network/bridge_driver_linux.c.
  [
    "Another network",
    "pnpm libvirt",
    "Error while activating network: Call to virNetworkCreate failed: internal error: Network is already in use by interface eth1.",
  ],
  // vagrant-libvirt's locales/en.yml.
  [
    "Another network",
    "virsh net-list",
    "Address 192.168.4.71 does not match with network name k8s-guide.a.cluster.\nPlease fix your configuration and run vagrant again.",
  ],
  [
    "machine of that name",
    "pnpm gc",
    "Name `k8s-guide.t71` of domain about to create is already taken. Please try to run\n`vagrant up` command again.",
  ],
  [
    "did not answer SSH",
    "--timeout-factor",
    'Timed out while waiting for the machine to boot. This means that\nVagrant was unable to communicate with the guest machine within\nthe configured ("config.vm.boot_timeout" value) time period.',
  ],
  [
    "switched off while it booted",
    "dmesg",
    "The guest machine entered an invalid state while waiting for it\nto boot. Valid states are 'running'. The machine is in the\n'shutoff' state.",
  ],
  ["disk", "virsh pool-dumpxml", "Error while uploading image to storage pool: No space left on device"],
];

const failure = (message: string) =>
  diagnose({ command: "vagrant up", name: "", message, output: message, env: {} });

describe("what vagrant and libvirt say", () => {
  it.each(said)("means: %s; and %s helps", (what, remedy, message) => {
    const error = failure(message);
    expect(error.verdict).toBe("infrastructure");
    expect(error.message).toContain(what);
    expect(error.details.hint).toContain(remedy);
    expect(error.details.outputTail).toBe(message.split("\n").slice(-20).join("\n"));
  });

  it("is passed on if it is not known", () => {
    const error = failure("\nThe moon is in the wrong house.\nMore.");
    expect(error.message).toBe("`vagrant up` failed: The moon is in the wrong house.");
    expect(error.details.hint).toMatch(/VAGRANT_LOG/);
  });
});
