import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { projectRoot } from "../../../host/paths.ts";
import { profile as guide } from "../../../profile/testing.ts";
import { driftOf, unwalked } from "./drift.ts";
import {
  changedSysctls,
  guideLink,
  guideUnits,
  ownPlaces,
  rewritten,
  sharedPlaces,
  sharedUnits,
} from "./paths.ts";
import type { Section } from "./state.ts";

const ofFiles: readonly Section[] = ["file", "content", "hash", "place", "mount"];
const below = fc.array(fc.stringMatching(/^[a-z._-]{1,12}$/), { maxLength: 3 });
const covered = (path: string): boolean =>
  Object.keys(unwalked).some((folder) => path === folder || path.startsWith(`${folder}/`));
/** A file that a pattern of a shell stands for. */
const matching = (pattern: string): string => pattern.replaceAll("*", "1.14.0");

test("nothing of a place of the guide's own is taken for drift", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ownPlaces(guide), ...rewritten),
      below,
      fc.constantFrom(...ofFiles),
      (place, names, section) => {
        expect(driftOf(section, [matching(place), ...names].join("/"))).toBeUndefined();
      },
    ),
  );
});

test("the owner of a host can read of each folder that is not walked into", () => {
  const howTo = readFileSync(join(projectRoot, "docs/inventory.md"), "utf8");
  expect(Object.keys(unwalked).filter((folder) => !howTo.includes(`\`${folder}\``))).toEqual([]);
});

test("no place that a host may have of its own is taken for drift as such", () => {
  for (const place of sharedPlaces) expect(driftOf("place", matching(place))).toBeUndefined();
});

test("a folder that is not walked into holds whole places of the guide, and nothing that it rewrites", () => {
  for (const path of [...rewritten, "/etc/profile", "/root/.ssh/authorized_keys", "/root/.ssh/known_hosts"]) {
    expect({ path, covered: covered(path) }).toEqual({ path, covered: false });
    for (const section of ofFiles)
      expect({ path, why: driftOf(section, path) }).toEqual({ path, why: undefined });
  }
  // What is covered is looked at by its name alone, so no folder is one of which the guide owns but a part.
  const whole =
    /^(\/run\/(flannel|kubernetes|dockershim\.sock)|\/var\/log\/(pods|containers)|\/var\/lib\/kubelet)$/;
  expect(
    ownPlaces(guide)
      .filter(covered)
      .filter((place) => !whole.test(place)),
  ).toEqual([]);
  for (const folder of [
    "/k8s",
    "/data1",
    "/usr/lib/systemd/system",
    "/etc",
    "/root",
    "/usr/local/bin",
    "/var/lib/cni",
  ]) {
    expect({ folder, covered: covered(folder) }).toEqual({ folder, covered: false });
  }
});

test("no unit, interface, package or rule of the guide is taken for drift", () => {
  for (const unit of [...guideUnits(guide), ...sharedUnits]) {
    expect(driftOf("unit", unit)).toBeUndefined();
    expect(driftOf("active", unit)).toBeUndefined();
  }
  for (const link of ["flannel.1", "veth1a2b3c4d", "cni0"]) {
    expect(guideLink.test(link)).toBe(true);
    expect(driftOf("link", link)).toBeUndefined();
  }
  const names = fc.string();
  const sections = fc.constantFrom<Section>(
    "package",
    "process",
    "address",
    "route",
    "rule",
    "cgroup",
    "image",
    "network",
  );
  fc.assert(
    fc.property(sections, names, (section, name) => {
      expect(driftOf(section, name)).toBeUndefined();
    }),
  );
});

test.each([
  "vm.overcommit_memory",
  "vm.panic_on_oom",
  "kernel.panic",
  "kernel.panic_on_oops",
  "kernel.keys.root_maxkeys",
  "kernel.keys.root_maxbytes",
  "net.ipv4.ip_forward",
  "net.ipv4.conf.all.route_localnet",
  "net.ipv4.conf.eth0.forwarding",
  "net.ipv6.conf.all.disable_ipv6",
  "net.bridge.bridge-nf-call-iptables",
  "net.netfilter.nf_conntrack_max",
  "net.nf_conntrack_max",
  "net.netfilter.nf_conntrack_tcp_timeout_established",
  "net.netfilter.nf_conntrack_tcp_timeout_close_wait",
])("the kernel setting %s, which the guide's programs change, is put back and compared", (name) => {
  expect(changedSysctls.test(name)).toBe(true);
  expect(driftOf("sysctl", name)).toBeUndefined();
});
