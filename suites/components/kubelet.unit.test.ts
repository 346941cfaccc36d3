import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { foreignContainers } from "./kubelet.ts";

test("a Docker that does not answer says nothing of what the kubelet has stopped", async () => {
  const posed = [
    { exitCode: 1, stderr: "Cannot connect to the Docker daemon" },
    { stdout: "running 7 today" },
    { exitCode: 1, stderr: "Error: No such object: k8s_POD_guide-suites-posed" },
  ];
  const node = machineOf((command) => {
    if (!command.startsWith("docker inspect")) return {};
    return command.includes("k8s_POD_guide-suites-posed") ? posed.shift() : { stdout: "running 8 today" };
  });
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const { after } = await foreignContainers({ nodes: [node] } as unknown as Cluster);
  expect(after.alive.status).toBe("running");
  expect(posed).toEqual([]);
});
