import {
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
  test,
} from "../cluster/index.ts";
import { kubeconfigOf } from "./kubeconfigs.ts";

const { kubeProxy, kubernetes, ports } = profile;

const trustedCa = "the CA of Kubernetes";

for (const { address } of nodes) {
  test(
    `the kubeconfigs of ${address} trust an apiserver of Kubernetes' CA, and no other`,
    { meta: guards("csr", "trust") },
    async ({ cluster }) => {
      const node =
        cluster.nodes.find((one) => one.address === address) ?? lacking(`the cluster has no ${address}`);
      const { fingerprint256: own } = certificateOf(await cluster.kubernetesCa(), "ca.pem");
      const files = [bootstrap.kubeconfig, kubelet.kubeconfig, kubeProxy.kubeconfig];
      for (const file of files) {
        const what = `${file} of ${address}`;
        const { server, insecure, ...kubeconfig } = await kubeconfigOf(node, file);
        expectFields(
          what,
          { server, "insecure-skip-tls-verify": insecure },
          {
            server: `https://${cluster.master.address}:${ports.apiserver}`,
            "insecure-skip-tls-verify": false,
          },
        );
        const trusted = await kubeconfig.trusted();
        const seen = trusted.map(({ fingerprint256, subject }) =>
          fingerprint256 === own ? trustedCa : `${subject.replaceAll("\n", ", ")} ${fingerprint256}`,
        );
        expectList(`what ${what} trusts`, seen, [trustedCa]);
      }
    },
  );

  test(
    `kube-proxy of ${address} shows the apiserver a certificate of its own name`,
    { meta: guards("csr", "kubeProxy") },
    async ({ cluster, fact }) => {
      const node =
        cluster.nodes.find((one) => one.address === address) ?? lacking(`the cluster has no ${address}`);
      const [ca, [certificate]] = await Promise.all([
        cluster.kubernetesCa(),
        kubeconfigOf(node, kubeProxy.kubeconfig).then((kubeconfig) => kubeconfig.shown()),
      ]);
      const where = `${kubeProxy.kubeconfig} of ${address}`;
      if (certificate === undefined) lacking(`${where} has no client certificate`);
      const what = `the client certificate in ${where}`;
      const { subject } = factsOf(certificate);
      const name = `CN=${kubeProxy.user}`;
      expect(subject, `${what} is of ${shown(subject)}, not of ${name}`).toContain(name);
      expectSigned(what, certificate, { ca: certificateOf(ca, "ca.pem"), file: kubernetes.ca });
      fact("fingerprint", certificate.fingerprint256);
    },
  );
}
