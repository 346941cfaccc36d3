import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Cluster, listOf } from "../cluster/index.ts";

export const requestSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ username: z.string(), groups: z.array(z.string()) }),
  status: z.object({
    certificate: z.base64().optional(),
    conditions: z.array(z.object({ type: z.string() })).optional(),
  }),
});

type Request = z.infer<typeof requestSchema>;

/** Begins the names of the suite's own requests. */
const prefix = "guide-suites-";

/** A name for a request of the suite's own. */
export const nameOfOwn = (): string => `${prefix}${randomUUID()}`;

export const requestsPath = "/apis/certificates.k8s.io/v1beta1/certificatesigningrequests";

/** All requests but the suite's own: one of a run that was cut short is still there. */
export async function requestsOf({ kubectl }: Cluster): Promise<Request[]> {
  const { items } = await kubectl.get(listOf(requestSchema), requestsPath);
  return items.filter(({ metadata }) => !metadata.name.startsWith(prefix));
}
