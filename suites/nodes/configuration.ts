import { z } from "zod";
import { type Cluster, eventually } from "../cluster/index.ts";

/** A port of 0 is left out of the answer. */
const configuration = z.object({ kubeletconfig: z.looseObject({ readOnlyPort: z.int().default(0) }) });

/** With what a node's kubelet runs, as it tells the apiserver; one that was just started again does not listen at once. */
export async function configurationOf({ kubectl }: Cluster, address: string): Promise<object> {
  const path = `/api/v1/nodes/${address}/proxy/configz`;
  const { kubeletconfig } = await eventually(() => kubectl.get(configuration, path), {
    describe: `the apiserver reaches the kubelet of ${address}`,
    deadline: 20_000,
    until: () => true,
  });
  return kubeletconfig;
}
