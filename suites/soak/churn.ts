import { appsPath, availableOf, type Cluster, createDeployment, eventually } from "../cluster/index.ts";
import { tidy } from "../faults/probes/tidy.ts";
import type { Probe } from "../faults/watch.ts";

/** Milliseconds after which a Deployment whose pods do not run is given up, and another one created. */
const givenUp = 60_000;

/** A Deployment of as many pods as there are nodes comes and goes, one after the other; `count` of them is how many did. */
export function churnOf(cluster: Cluster): { readonly probe: Probe; readonly count: () => number } {
  let made = 0;
  let count = 0;
  const ask = async (): Promise<string> => {
    made += 1;
    const name = `churn-${Date.now().toString(36)}-${made}`;
    const replicas = cluster.nodes.length;
    try {
      await createDeployment(cluster, name, replicas);
      await eventually(() => availableOf(cluster, name), {
        describe: `the ${replicas} pods of the Deployment ${name} are available`,
        deadline: givenUp,
        interval: 500,
        until: (available) => available === replicas,
        show: (available) => `${available} are`,
      });
      count += 1;
      return "";
    } finally {
      await tidy(cluster, `${appsPath(cluster, "deployments")}/${name}`);
    }
  };
  return {
    probe: { name: "Deployments come and go", late: givenUp, interval: 3000, ask },
    count: () => count,
  };
}
