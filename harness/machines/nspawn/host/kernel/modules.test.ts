import { describe, expect, it } from "vitest";
import { InfrastructureError } from "../../../../errors.ts";
import { type KernelModules, parseModules, unloadSince } from "./modules.ts";

/** A kernel that forgets a module, and lets go of what that used; it keeps some whatever their count says. */
function kernelWith(
  loaded: Record<string, readonly string[]>,
  { usedByHost = [], held = [] }: { usedByHost?: readonly string[]; held?: readonly string[] } = {},
): KernelModules {
  const uses = new Map(Object.entries(loaded));
  return {
    loaded: async () =>
      new Map(
        [...uses.keys()].map((name) => [name, [...uses.values()].filter((all) => all.includes(name)).length]),
      ),
    usedByHost: async () => usedByHost,
    async unload(name) {
      if (held.includes(name)) throw new InfrastructureError(`${name} is in use`);
      uses.delete(name);
    },
  };
}

const firewall = {
  xt_conntrack: ["nf_conntrack"],
  nf_conntrack: ["nf_defrag_ipv4", "libcrc32c"],
  nf_defrag_ipv4: [],
  libcrc32c: [],
};

describe("what machines brought along", () => {
  it("goes from the outermost module inwards", async () => {
    expect(await unloadSince([], kernelWith(firewall))).toEqual([
      "xt_conntrack",
      "nf_conntrack",
      "nf_defrag_ipv4",
      "libcrc32c",
    ]);
  });

  it("stays as far as it was there before", async () => {
    expect(await unloadSince(["nf_conntrack"], kernelWith(firewall))).toEqual(["xt_conntrack"]);
  });

  it("stays as long as it is used", async () => {
    const kernel = kernelWith({ ...firewall, users_rule: ["xt_conntrack"] });
    expect(await unloadSince([], kernel)).toEqual([]);
    expect(await unloadSince([], kernelWith(firewall, { held: ["nf_conntrack"] }))).toEqual(["xt_conntrack"]);
  });

  it("stays where the host has devices or rules of its own by now, which no count tells", async () => {
    const network = { br_netfilter: ["bridge"], bridge: ["stp"], stp: [], vxlan: [], iptable_nat: [] };
    const kernel = kernelWith(network, { usedByHost: ["bridge", "br_netfilter", "iptable_nat"] });
    expect(await unloadSince([], kernel)).toEqual(["vxlan"]);
  });

  it("is all: other modules that came meanwhile are somebody else's", async () => {
    expect(await unloadSince([], kernelWith({ usb_storage: [], e1000e: [], ipv6: [], nfs: [] }))).toEqual([]);
  });
});

it("reads /proc/modules", () => {
  const text = `br_netfilter 32768 0 - Live 0x0000000000000000
bridge 311296 1 br_netfilter, Live 0x0000000000000000
kept 4096 - - Live 0x0000000000000000
`;
  expect([...parseModules(text)]).toEqual([
    ["br_netfilter", 0],
    ["bridge", 1],
    ["kept", Number.NaN],
  ]);
  expect(parseModules("").size).toBe(0);
});
