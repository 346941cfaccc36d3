import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { nameOfOwn, requestsOf } from "./requests.ts";

const request = (name: string) => ({
  metadata: { name },
  spec: { username: "kubelet-bootstrap", groups: [] },
  status: {},
});

test("what a run that was cut short has asked for is no request of the guide's nodes", async () => {
  const items = [request("node-csr-1"), request(nameOfOwn()), request("csr-2")];
  const kubectl = { get: async () => ({ items }) };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const found = await requestsOf({ kubectl } as unknown as Cluster);
  expect(found.map(({ metadata }) => metadata.name)).toEqual(["node-csr-1", "csr-2"]);
});
