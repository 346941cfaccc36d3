import { expect, test } from "vitest";
import { type Cluster, GuideFailure } from "../cluster/index.ts";
import { configurationOf } from "./configuration.ts";

test("a kubelet that was just started again is asked until it listens: its node is Ready meanwhile", async () => {
  const path = "/api/v1/nodes/192.0.2.2/proxy/configz";
  const answers = [
    new GuideFailure(`GET ${path}: HTTP 503: dial tcp 192.0.2.2:10250: connect: connection refused`),
    { kubeletconfig: { address: "192.0.2.2", readOnlyPort: 0 } },
  ];
  const kubectl = {
    get: async (_: unknown, asked: string) => {
      expect(asked).toBe(path);
      const answer = answers.shift();
      if (answer instanceof GuideFailure) throw answer;
      return answer;
    },
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const found = await configurationOf({ kubectl } as unknown as Cluster, "192.0.2.2");
  expect(found).toMatchObject({ address: "192.0.2.2" });
});
