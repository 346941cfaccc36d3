import { z } from "zod";
import { type Cluster, listOf } from "../cluster/index.ts";

const nodeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ unschedulable: z.boolean().default(false) }),
});

/** The names of the nodes that are given no further pods. */
export async function cordonedNodes({ kubectl }: Cluster): Promise<string[]> {
  const { items } = await kubectl.get(listOf(nodeSchema), "/api/v1/nodes");
  return items.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => metadata.name);
}
