import { expect, test, vi } from "vitest";
import type { ZodType } from "zod";
import type { Cluster } from "../cluster/index.ts";
import { accountIsTrusted } from "./service-accounts.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A cluster whose controller-manager gives service accounts a secret with this data; it trusts each token. */
function clusterGiving(data: object) {
  const answer = { secrets: [{ name: "secret" }], data };
  const deleted = vi.fn<(path: string) => Promise<void>>(async () => undefined);
  const made: string[] = [];
  const create = async (schema: ZodType, _path: string, object: { metadata?: { name: string } }) => {
    if (object.metadata) made.push(object.metadata.name);
    const username = `system:serviceaccount:default:${made.at(-1)}`;
    return schema.parse({ status: { authenticated: true, user: { username } } });
  };
  const kubectl = { create, get: async (schema: ZodType) => schema.parse(answer), delete: deleted };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of the cluster
  const cluster = { kubectl, kubernetesCa: async () => "the CA\n" } as unknown as Cluster;
  return { cluster, deleted };
}

test.each([
  [{ token: base64("token"), "ca.crt": base64("the CA") }, undefined],
  [{ token: base64("token"), "ca.crt": base64("another") }, /is given another CA than that of Kubernetes/],
  [{ token: base64("token") }, /is given no CA/],
])("a service account with %j", async (data, told) => {
  const { cluster, deleted } = clusterGiving(data);
  const seen = await accountIsTrusted(cluster).catch((reason: unknown) => String(reason));
  expect(seen ?? "").toMatch(told ?? /^$/);
  expect(deleted).toHaveBeenCalledOnce();
});
