import type { ProgramPackages } from "../../host/packages/packages.ts";
import { beyondMinimal } from "../tools.ts";

/** Programs that drive machines, and the Debian package of each. */
export const forDriving: ProgramPackages = {
  vagrant: "vagrant vagrant-libvirt",
  virsh: "libvirt-clients",
};

/** Programs that machines of CentOS lack, and that are brought along from this host. */
export const forBringing: ProgramPackages = Object.fromEntries(
  beyondMinimal.map(({ program, packages }) => [program, packages.debian12 ?? program]),
);

export const forLibvirt: ProgramPackages = {
  ...forDriving,
  libvirtd: "libvirt-daemon-system",
  "qemu-system-x86_64": "qemu-system-x86",
  dnsmasq: "dnsmasq-base",
  iptables: "iptables",
  ip: "iproute2",
  unshare: "util-linux",
};

export const forBox: ProgramPackages = {
  vagrant: "vagrant vagrant-libvirt",
  debootstrap: "debootstrap",
  mke2fs: "e2fsprogs",
  "qemu-img": "qemu-utils",
};
