import { expect, test } from "vitest";
import { type Cluster, GuideFailure } from "./index.ts";
import { removeLeftovers } from "./leftovers.ts";
import { machineOf } from "./testing.ts";

const lease = (address: string): string => JSON.stringify({ PublicIP: address, BackendType: "vxlan" });

/** A cluster with what etcd and the Docker of its node have. */
function clusterWith(
  folders: Record<string, { key: string; value: string }[]>,
  stored: string,
  docker: string,
) {
  const did: string[] = [];
  const etcd = {
    folder: async (path: string) => {
      const found = folders[path];
      if (!found) throw new GuideFailure(`etcd has no folder ${path}: HTTP 404: Key not found`);
      return found;
    },
    v2: async (args: string) => void did.push(args),
    v3: async () => stored,
  };
  const node = machineOf((command) => {
    if (command.includes("docker rm")) did.push(command);
    return { stdout: command.includes("docker ps") ? docker : "" };
  });
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  return { did, cluster: { etcd, nodes: [node] } as unknown as Cluster };
}

test("what an earlier run has left in etcd and Docker is removed and told, and nothing else", async () => {
  const registry = "/k8s/network/subnets";
  const folders = {
    [registry]: [
      { key: `${registry}/10.254.255.0-24`, value: lease("192.0.2.1") },
      { key: `${registry}/10.254.7.0-24`, value: lease("192.168.4.72") },
    ],
    "/guide-suites": [{ key: "/guide-suites/a", value: "b" }],
  };
  const { did, cluster } = clusterWith(folders, "2\n", "by-hand-a\nby-hand-dead-a\nnot-by-hand-b\n");
  const told = await removeLeftovers(cluster);
  expect(told.map((one) => one.replace(/^.*: /, ""))).toEqual([
    `the lease ${registry}/10.254.255.0-24 in etcd`,
    "the key /guide-suites/a in etcd",
    "2 keys below /guide-suites in etcd (API version 3)",
    "the container by-hand-a of node",
    "the container by-hand-dead-a of node",
  ]);
  expect(did).toEqual([
    `rm ${registry}/10.254.255.0-24`,
    "rm /guide-suites/a",
    expect.stringMatching(/docker rm -f by-hand-a by-hand-dead-a$/),
  ]);
});

test("where nothing is left, nothing is told; where nobody can look, that is", async () => {
  const clean = clusterWith({ "/k8s/network/subnets": [] }, "0\n", "");
  expect(await removeLeftovers(clean.cluster)).toEqual([]);
  clean.cluster.etcd.v3 = () => Promise.reject(new GuideFailure("etcd does not answer"));
  expect(await removeLeftovers(clean.cluster)).toEqual([
    expect.stringMatching(/^Nobody knows whether .*etcd does not answer$/),
  ]);
});
