import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { machineOf } from "../cluster/testing.ts";
import { foreignContainers } from "./kubelet.ts";

/** What `docker inspect` prints of containers that a command names, each in a state. */
const inspected = (command: string, stateOf: (name: string) => string): string =>
  [...command.matchAll(/(?:by-hand-|k8s_POD_)\S+/g)]
    .map(([name]) => `/${name} id ${stateOf(name)} 7 today\n`)
    .join("");

const isPosed = (name: string): boolean => name.startsWith("k8s_POD_guide-suites-posed");

const own = (command: string): string => inspected(command.replace(/.*; /, ""), () => "running");
const others = (command: string): string => own(command.replaceAll(/k8s_POD_\S+/g, ""));

test("a Docker that does not answer says nothing of what the kubelet has stopped", async () => {
  const posed = [
    () => ({ exitCode: 1, stderr: "Cannot connect to the Docker daemon" }),
    (command: string) => ({ stdout: own(command) }),
    // Of one of several that is gone Docker complains, and tells of the others.
    (command: string) => ({
      exitCode: 1,
      stdout: others(command),
      stderr: "Error: No such object: k8s_POD_guide-suites-posed",
    }),
  ];
  const node = machineOf((command) => {
    if (!command.includes("docker inspect")) return {};
    return isPosedAsked(command) ? (posed.shift()?.(command) ?? {}) : { stdout: own(command) };
  });
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const [seen] = await foreignContainers({ nodes: [node] } as unknown as Cluster);
  expect(seen?.after).toMatchObject({ alive: { status: "running" }, dead: { status: "running" } });
  expect(posed).toEqual([]);
});

const isPosedAsked = (command: string): boolean => command.includes("docker wait");

test("what is gone is told apart from what is still there", async () => {
  const node = machineOf((command) => {
    if (!command.includes("docker inspect")) return {};
    if (!isPosedAsked(command)) return { stdout: inspected(command, () => "running") };
    const stdout = inspected(command.replace(/.*; /, "").replace(/by-hand-dead\S+/, ""), (name) =>
      isPosed(name) ? "exited" : "running",
    );
    return { exitCode: 1, stdout, stderr: "Error: No such object: by-hand-dead" };
  });
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const [seen] = await foreignContainers({ nodes: [node] } as unknown as Cluster);
  expect(seen?.after).toMatchObject({ alive: { status: "running" }, dead: { status: "gone" } });
});

test("each node is given containers of its own, all at once", async () => {
  const asked = ["t72", "t76"].map((name) => {
    const commands: string[] = [];
    const node = machineOf((command) => {
      commands.push(command);
      return command.includes("docker inspect")
        ? {
            stdout: inspected(command.replace(/.*; /, ""), (one) => (isPosed(one) ? "exited" : "running")),
          }
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
