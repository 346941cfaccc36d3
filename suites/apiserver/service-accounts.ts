import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type Cluster, eventually, expect, expectFields, withOwn } from "../cluster/index.ts";

const account = z.object({ secrets: z.array(z.object({ name: z.string() })).default([]) });
const secret = z.object({ data: z.object({ token: z.base64(), "ca.crt": z.base64().default("") }) });
const review = z.object({
  status: z.object({
    authenticated: z.boolean().optional(),
    user: z.object({ username: z.string().optional() }).default({}),
  }),
});

const decoded = (text: string): string => Buffer.from(text, "base64").toString();

/** Creates a service account: it is given a token that the apiserver trusts, and the CA of Kubernetes. The account is deleted. */
export async function accountIsTrusted(cluster: Cluster, deadline = 10_000): Promise<void> {
  const { kubectl } = cluster;
  const objects = "/api/v1/namespaces/default";
  const name = `guide-suites-${randomUUID()}`;
  const path = `${objects}/serviceaccounts/${name}`;
  await kubectl.create(z.object({}), `${objects}/serviceaccounts`, { metadata: { name } });
  await withOwn(kubectl, path, async () => {
    const { secrets } = await eventually(() => kubectl.get(account, path), {
      describe: "the service account has a secret",
      deadline,
      until: (found) => found.secrets.length > 0,
      show: (found) => `${found.secrets.length} secrets`,
    });
    const { data } = await kubectl.get(secret, `${objects}/secrets/${secrets[0]?.name}`);
    const question = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview" };
    const { status } = await kubectl.create(review, "/apis/authentication.k8s.io/v1/tokenreviews", {
      ...question,
      spec: { token: decoded(data.token) },
    });
    const { authenticated = false, user } = status;
    const username = `system:serviceaccount:default:${name}`;
    expectFields(
      "the service account's token at the apiserver",
      { authenticated, username: user.username },
      { authenticated: true, username },
    );
    const given = decoded(data["ca.crt"]).trim();
    const ca = (await cluster.kubernetesCa()).trim();
    expect(
      given,
      `the service account is given ${given === "" ? "no CA" : `another CA than that of Kubernetes\n${given}`}`,
    ).toBe(ca);
  });
}
