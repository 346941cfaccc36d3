import type { Cluster } from "../../cluster/index.ts";

/** What nobody could delete, such as while the API was away. */
const left = new Set<string>();

/**
 * Deletes what a look has made, and what earlier ones could not delete: its pods would run on, and what a soak measures of Docker
 * would grow with each. What nobody can delete now goes with the next look, or with its namespace.
 */
export async function tidy({ kubectl }: Pick<Cluster, "kubectl">, path: string): Promise<void> {
  left.add(path);
  const deleted = async (one: string): Promise<void> => {
    await kubectl.delete(one);
    left.delete(one);
  };
  await Promise.all([...left].map((one) => deleted(one).catch(() => undefined)));
}
