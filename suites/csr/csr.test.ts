import type { X509Certificate } from "node:crypto";
import {
  answered,
  bootstrap,
  certificateOf,
  expect,
  expectFields,
  expectList,
  expectSigned,
  factsOf,
  guards,
  kubelet,
  lacking,
  nodes,
  profile,
  shown,
  sh,
  test,
  type Cluster,
  type SuiteMachine,
} from "../cluster/index.ts";
import { kubeconfigOf } from "./kubeconfigs.ts";
import { decoded, issuedNext, requestsOf } from "./requests.ts";

const { kubernetes, ports, programs } = profile;
/** The controller-manager removes a request that long after its approval (csrcleaner, approvedExpiration). */
const keptFor = 60 * 60_000;

/** Certificate and private key that the kubelet got, which stand in one file. */
async function issued(node: SuiteMachine): Promise<{ pem: string; certificate: X509Certificate }> {
  const pem = await node.read(kubelet.certificate);
  return { pem, certificate: certificateOf(pem, `${node.name}: ${kubelet.certificate}`) };
}

const isCollected = (certificates: readonly { certificate: X509Certificate }[]): boolean =>
  certificates.some(({ certificate }) => Date.now() - certificate.validFromDate.getTime() > keptFor);

test(
  `each node made one request as ${bootstrap.user}, which was approved and issued; nothing else was approved`,
  { meta: guards("csr", "requests") },
  async ({ cluster, skip, fact }) => {
    const [requests, certificates] = await Promise.all([
      requestsOf(cluster),
      Promise.all(cluster.nodes.map(issued)),
    ]);
    if (requests.length === 0 && isCollected(certificates)) {
      skip("The requests are over an hour old, and the controller-manager has removed them");
    }
    const made = requests.map(({ metadata }) => metadata.name);
    expect(made.length, `${made.length} requests of ${cluster.nodes.length} nodes: ${shown(made)}`).toBe(
      cluster.nodes.length,
    );
    for (const { metadata, spec, status } of requests) {
      const seen = {
        user: spec.username,
        groups: spec.groups.toSorted(),
        conditions: (status.conditions ?? []).map(({ type }) => type),
        issued: status.certificate !== undefined,
      };
      expectFields(`the request ${metadata.name}`, seen, {
        user: bootstrap.user,
        groups: ["system:authenticated", bootstrap.group].toSorted(),
        conditions: ["Approved"],
        issued: true,
      });
    }
    const subjects = requests.map(({ status }) => subjectOf(status.certificate ?? ""));
    expectList("subjects of what was issued", subjects.toSorted(), cluster.nodes.map(nodeSubject));
    fact("requests", made.join(", "));
  },
);

/** `CN=…, O=…` of a certificate in base64 of PEM. */
const subjectOf = (base64: string): string => factsOf(decoded(base64)).subject.join(", ");

const nodeSubject = ({ address }: SuiteMachine): string => `CN=system:node:${address}, O=system:nodes`;

test("the private key of the CA is on no node", { meta: guards("csr", "caKey") }, async ({ cluster }) => {
  expectList(`nodes with ${kubernetes.caKey}`, await cluster.nodesWith(kubernetes.caKey), []);
});

test(
  "what is approved next is issued, too, and signed by the CA",
  { meta: guards("csr", "signer") },
  async ({ cluster, fact }) => {
    const certificate = await issuedNext(cluster);
    fact("subject", certificate.subject);
  },
);

/** The HTTP status that the apiserver answers a node's kubelet with, by the certificate that was issued to it. */
async function askAsKubelet(
  cluster: Cluster,
  node: SuiteMachine,
  request: Pick<Parameters<SuiteMachine["tls"]>[0], "path" | "method" | "body">,
): Promise<number> {
  const [{ pem }, ca] = await Promise.all([issued(node), cluster.kubernetesCa()]);
  const identity = { cert: pem, key: pem };
  const to = { host: cluster.master.address, port: ports.apiserver };
  return answered(await node.tls({ ...to, ca, identity, ...request })).status;
}

for (const { address } of nodes) {
  const nodeOf = (cluster: Cluster): SuiteMachine | undefined =>
    cluster.nodes.find((node) => node.address === address);

  test(
    `${address} was issued a client certificate in the name of its node, signed by the CA`,
    { meta: guards("csr", "certificate") },
    async ({ cluster, fact }) => {
      const node = nodeOf(cluster) ?? lacking(`the cluster has no ${address}`);
      const [ca, { certificate }, requests] = await Promise.all([
        cluster.kubernetesCa(),
        issued(node),
        requestsOf(cluster),
      ]);
      const what = `the client certificate of ${address}`;
      const { validityHours, ...facts } = factsOf(certificate);
      // Later versions add the five minutes by which they begin earlier.
      expectFields(what, { hours: Math.round(validityHours) }, { hours: kubelet.validHours });
      expectFields(what, facts, {
        subject: [`CN=system:node:${address}`, "O=system:nodes"],
        names: [],
        extendedUsages: ["clientAuth"],
        isCa: false,
      });
      expectSigned(what, certificate, { ca: certificateOf(ca, "ca.pem"), file: kubernetes.ca });
      const same = requests.filter(
        ({ status }) =>
          status.certificate !== undefined &&
          decoded(status.certificate).fingerprint256 === certificate.fingerprint256,
      );
      if (!isCollected([{ certificate }])) {
        expect(same.length, `${same.length} of the requests issued ${what}, not one`).toBe(1);
      }
      fact("fingerprint", certificate.fingerprint256);
      fact("valid to", certificate.validToDate.toISOString());
    },
  );

  test(
    `the kubelet of ${address} speaks to the apiserver with the issued certificate`,
    { meta: guards("csr", "kubeconfig") },
    async ({ cluster }) => {
      const node = nodeOf(cluster) ?? lacking(`the cluster has no ${address}`);
      const current = kubelet.certificate;
      const { server, pair } = await kubeconfigOf(node, kubelet.kubeconfig);
      const what = `${kubelet.kubeconfig} of ${address}`;
      expectFields(what, { server }, { server: `https://${cluster.master.address}:${ports.apiserver}` });
      expectFields(what, pair, { "client-certificate": current, "client-key": current });
      const status = await askAsKubelet(cluster, node, { path: `/api/v1/nodes/${address}` });
      expect(status, `the node ${address} with the certificate of its kubelet: HTTP ${status}, not 200`).toBe(
        200,
      );
    },
  );

  test(
    `${address} could ask again with its bootstrap.kubeconfig`,
    { meta: guards("csr", "bootstrap") },
    async ({ cluster }) => {
      const node = nodeOf(cluster) ?? lacking(`the cluster has no ${address}`);
      const { stdout, stderr } = await node.result(
        sh`${programs.kubectl} --kubeconfig=${bootstrap.kubeconfig} --request-timeout=5s auth can-i create certificatesigningrequests`,
      );
      // Newer kubectls warn that requests are not namespaced.
      const said = stdout.trim();
      expect(said, `${address} may ask for a certificate: ${shown(said)}, not yes; ${stderr.trim()}`).toBe(
        "yes",
      );
    },
  );

  test(
    `the kubelet of ${address} may change its own node, and no other`,
    { meta: guards("csr", "ownNode") },
    async ({ cluster }) => {
      const node = nodeOf(cluster) ?? lacking(`the cluster has no ${address}`);
      // Nothing comes of it even where it is let in.
      const status = await askAsKubelet(cluster, node, {
        method: "POST",
        path: "/api/v1/nodes?dryRun=All",
        body: { apiVersion: "v1", kind: "Node", metadata: { name: "guide-suites" } },
      });
      expect(status, `the kubelet of ${address} makes another node: HTTP ${status}, not 403`).toBe(403);
    },
  );

  test(
    `the kubelet of ${address} may not read all secrets`,
    { meta: guards("csr", "ownNode") },
    async ({ cluster }) => {
      const node = nodeOf(cluster) ?? lacking(`the cluster has no ${address}`);
      const status = await askAsKubelet(cluster, node, { path: "/api/v1/secrets" });
      expect(status, `the kubelet of ${address} lists secrets: HTTP ${status}, not 403`).toBe(403);
    },
  );
}
