import type { Lack } from "./machine.ts";

/** Machines that run Debian 12 in the place of the guide's CentOS 7. */
export const noCentos: Lack = {
  capability: "centos",
  reason: "the machines run Debian 12: yum, rpm, SELinux and firewalld are not there, unless a port carries the step over",
};

/** Machines whose network reaches nothing but each other. */
export const noInternet: Lack = {
  capability: "internet",
  reason: "the machines reach nothing but each other",
};
