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
  const [seen] = await foreignContainers({ nodes: [node] } as unknown as Cluster);
  expect(seen?.after.alive.status).toBe("running");
  expect(posed).toEqual([]);
});

test("each node is given containers of its own, all at once", async () => {
  const asked = ["t72", "t76"].map((name) => {
    const commands: string[] = [];
    const node = machineOf((command) => {
      commands.push(command);
      return command.startsWith("docker inspect")
        ? { stdout: command.includes("posed") ? "exited 0 today" : "running 7 today" }
        : {};
    });
    Object.defineProperty(node, "name", { value: name });
    return { node, commands };
  });
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const cluster = { nodes: asked.map(({ node }) => node) } as unknown as Cluster;
  const seen = await foreignContainers(cluster);
  expect(seen.map(({ node }) => node.name)).toEqual(["t72", "t76"]);
  for (const { commands } of asked) expect(commands.at(-1)).toMatch(/^docker rm -f /);
});
