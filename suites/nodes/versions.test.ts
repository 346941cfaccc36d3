import { z } from "zod";
import { expectFields, GuideFailure, guards, shapedJson, test, type SuiteMachine } from "../cluster/index.ts";

/** Where a component says its version to its machine alone (--insecure-port, --metrics-bind-address; Kubernetes 1.14). */
const metrics = { scheduler: 10_251, "controller-manager": 10_252, "kube-proxy": 10_249 } as const;

const versionSchema = z.object({ gitVersion: z.string() });

/** The version that a component counts its own build by; a node's own word for kube-proxy's is its kubelet's. */
async function built(machine: SuiteMachine, component: keyof typeof metrics): Promise<string> {
  const { body } = await machine.http({ port: metrics[component], path: "/metrics" });
  const version = /^kubernetes_build_info\{.*git_?[vV]ersion="([^"]+)"/m.exec(body)?.[1];
  if (version !== undefined) return version;
  throw new GuideFailure(`${component} of ${machine.name} does not say its version`, {
    machine: machine.name,
  });
}

test(
  "every component of Kubernetes is of the artifact set's version",
  { meta: guards("nodes", "builds") },
  async ({ cluster, fact }) => {
    const { master, nodes, kubectl } = cluster;
    const [apiserver, scheduler, controllers, ...proxies] = await Promise.all([
      kubectl
        .run("get --raw /version")
        .then((text) => shapedJson(versionSchema, text, "The apiserver's version")),
      built(master, "scheduler"),
      built(master, "controller-manager"),
      ...nodes.map((node) => built(node, "kube-proxy")),
    ]);
    const found = {
      apiserver: apiserver.gitVersion,
      scheduler,
      "controller-manager": controllers,
      ...Object.fromEntries(
        proxies.map((version, index) => [`kube-proxy of ${nodes[index]?.name}`, version]),
      ),
    };
    const version = `v${cluster.versions.kubernetes}`;
    expectFields("components", found, Object.fromEntries(Object.keys(found).map((name) => [name, version])));
    fact("version", version);
  },
);
