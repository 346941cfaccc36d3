import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { UsageError } from "../../../harness/cluster.ts";
import { slowness } from "../run.ts";

const file = join(import.meta.dirname, "..", "..", "..", "fixtures", "manifests", "workload.yaml");

/** Marks the namespaces that suites made. */
export const ownLabel = { key: "guide-conformance", value: "suites" };

/** Seconds that a deleted backend goes on answering: more than the requests take that could still reach it. */
const stay = 20 * slowness;

const object = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({}),
});

/**
 * fixtures/manifests/workload.yaml as one list for `kubectl create`: the namespace first, each object in it, a client
 * for each node, and an address for each service, unless the cluster is to give them. `{{stay}}`
 * becomes the seconds for which a deleted backend goes on. UsageError if a document is no object.
 */
export async function workloadObjects(
  namespace: string,
  nodes: number,
  addresses: (count: number) => readonly string[] | undefined,
): Promise<object> {
  const text = (await readFile(file, "utf8")).replace("{{stay}}", String(stay));
  const objects = parseAllDocuments(text).map((document) => {
    const parsed = object.safeParse(document.toJS());
    if (parsed.success) return parsed.data;
    throw new UsageError(`${file}: ${z.prettifyError(parsed.error)}`, {
      hint: "Give each a kind, name and spec.",
    });
  });
  const services = objects.filter(({ kind }) => kind === "Service");
  const free = addresses(services.length);
  for (const { metadata } of objects) metadata["namespace"] = namespace;
  for (const { kind, metadata, spec } of objects) {
    if (kind === "Deployment" && metadata.name === "client") spec["replicas"] = nodes;
  }
  for (const [index, { spec }] of services.entries()) {
    if (free !== undefined) spec["clusterIP"] = free[index];
  }
  const labels = { [ownLabel.key]: ownLabel.value };
  const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } };
  return { apiVersion: "v1", kind: "List", items: [own, ...objects] };
}
