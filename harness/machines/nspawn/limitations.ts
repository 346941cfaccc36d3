import { fewPackages, noCentos, noInternet, noSelinux } from "../limitations.ts";
import type { Limitation } from "../machine.ts";
import { hasModule } from "./host/kernel/kernel.ts";

/**
 * Settings that a machine has of its own: those of its network, IPC and host name (namespaces(7)), and those that it has
 * for the kubelet and kube-proxy, which are in its report.
 */
const own =
  /^(?:net\.(?!(?:netfilter\.)?nf_conntrack_buckets$)|fs\.mqueue\.|kernel\.(?:shm|msg|sem$|(?:host|domain)name$|panic$|panic_on_oops$|keys\.root_max)|vm\.(?:overcommit_memory|panic_on_oom)$)/;

/** What machines cannot be given that share the host's kernel. */
export const limitations: readonly Limitation[] = [
  { capability: "clock", reason: "the machines' clock is the host's" },
  {
    capability: "modules",
    reason: "the machines share the host's kernel, which loads no module for them",
    has: hasModule,
  },
  {
    capability: "settings",
    reason: "this setting is the whole host's, not a machine's own",
    has: (name) => own.test(name),
  },
  { capability: "log", reason: "the kernel's log is the host's" },
  { capability: "privileges", reason: "a machine does not have every capability to give to a container" },
  noCentos,
  noSelinux,
  fewPackages,
  noInternet,
];
