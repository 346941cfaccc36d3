import { randomUUID, type X509Certificate } from "node:crypto";
import { z } from "zod";
import {
  certificateOf,
  type Cluster,
  eventually,
  expectSigned,
  listOf,
  profile,
  sh,
  shapedJson,
  withOwn,
} from "../cluster/index.ts";

const requestSchema = z.object({
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

const requestsPath = "/apis/certificates.k8s.io/v1beta1/certificatesigningrequests";

/** All requests but the suite's own: one of a run that was cut short is still there. */
export async function requestsOf({ kubectl }: Cluster): Promise<Request[]> {
  const { items } = await kubectl.get(listOf(requestSchema), requestsPath);
  return items.filter(({ metadata }) => !metadata.name.startsWith(prefix));
}

/** The certificate of a request, which is in base64 of PEM. */
export const decoded = (base64: string): X509Certificate =>
  certificateOf(Buffer.from(base64, "base64").toString(), "The certificate of a request");

/** A request for a client certificate, as 1.14 and 1.20 take it. */
const requestFor = (name: string, pem: string) => ({
  apiVersion: "certificates.k8s.io/v1beta1",
  kind: "CertificateSigningRequest",
  metadata: { name },
  spec: {
    request: Buffer.from(pem).toString("base64"),
    usages: ["digital signature", "key encipherment", "client auth"],
  },
});

/** Makes a request and approves it: the controller-manager issues a certificate that the CA has signed. The request is deleted. */
export async function issuedNext(cluster: Cluster, deadline = 10_000): Promise<X509Certificate> {
  const { kubectl, master } = cluster;
  const name = nameOfOwn();
  const path = `${requestsPath}/${name}`;
  const made = await master.succeed(
    sh`echo '{"CN":"guide-suites","key":{"algo":"ecdsa","size":256}}' | cfssl genkey -`,
  );
  const { csr } = shapedJson(z.object({ csr: z.string() }), made, "The answer of cfssl");
  await kubectl.create(z.object({}), requestsPath, requestFor(name, csr));
  return withOwn(kubectl, path, async () => {
    await kubectl.run(`certificate approve ${name}`);
    const { status } = await eventually(() => kubectl.get(requestSchema, path), {
      describe: "the controller-manager has issued a certificate",
      deadline,
      until: (found) => found.status.certificate !== undefined,
      show: (found) => (found.status.conditions ?? []).map(({ type }) => type).join(", "),
    });
    const certificate = decoded(status.certificate ?? "");
    const ca = certificateOf(await cluster.kubernetesCa(), "ca.pem");
    expectSigned("what was issued", certificate, { ca, file: profile.kubernetes.ca });
    return certificate;
  });
}
