import { minimalPrograms, words } from "../../../centos7/minimal.ts";
import { tools } from "../../tools.ts";

/**
 * Programs that stay on the embedded machines' PATH though CentOS 7's minimal installation lacks them, by the reason.
 * All others that Debian's packages bring are taken out: a reader would not have them.
 */
export const kept: Readonly<Record<string, readonly string[]>> = {
  "Docker's, which the guide installs": words(
    "docker dockerd docker-init docker-proxy tini-static containerd containerd-shim containerd-shim-runc-v1 containerd-shim-runc-v2 ctr runc",
  ),
  "a port asks Debian's package manager whether Docker is there": words("dpkg dpkg-query"),
  "what Debian's iptables and ebtables are": words(`
    iptables-legacy iptables-legacy-save iptables-legacy-restore ip6tables-legacy ip6tables-legacy-save
    ip6tables-legacy-restore xtables-legacy-multi ebtables-nft ebtables-nft-save ebtables-nft-restore xtables-nft-multi`),
  "what Debian's firewalld and yum run on": words("python3 python3.11 dnf dnf-3"),
  "what Debian's which is": words("which.debianutils"),
};

/** All programs that may be on the PATH of an embedded machine. */
export const allowedPrograms: ReadonlySet<string> = new Set([
  ...minimalPrograms,
  ...tools.map(({ program }) => program),
  ...Object.values(kept).flat(),
]);
