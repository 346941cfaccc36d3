import { expect } from "vitest";
import { answered, certificateOf, chainsTo, factsOf, machines, test } from "../cluster/index.ts";

const names = [
  "DNS:kubernetes",
  "DNS:kubernetes.default",
  "DNS:kubernetes.default.svc",
  "DNS:kubernetes.default.svc.cluster",
  "DNS:kubernetes.default.svc.cluster.local",
  "IP:10.254.0.1",
  "IP:127.0.0.1",
  ...machines.map(({ address }) => `IP:${address}`),
].toSorted();
const subject = ["C=CN", "CN=kubernetes", "L=Beijing", "O=k8s", "OU=System", "ST=Beijing"];
const tenYears = 87_600;

test(
  "the certificate chains to the CA of Kubernetes and has exactly the names of the guide",
  { meta: { sections: ["2.5.1", "2.5.2", "2.6.2.2"] } },
  async ({ cluster, fact }) => {
    const ca = await cluster.kubernetesCa();
    const { peer } = answered(await cluster.master.tls({ port: 6443, ca }));
    const authority = certificateOf(ca, "ca.pem");
    expect(chainsTo(peer, authority), "signed by the CA of /k8s/kubernetes/ssl/ca.pem").toBe(true);
    expect(factsOf(authority)).toMatchObject({ subject, isCa: true });
    expect(factsOf(peer)).toMatchObject({ subject, names, isCa: false });
    fact("fingerprint", peer.fingerprint256);
    fact("names", names.length);
  },
);

test(
  "the certificate has a 2048-bit RSA key, the profile's usages, and is valid for ten years",
  { meta: { sections: ["2.5.1", "2.5.2"] } },
  async ({ cluster, fact }) => {
    const { peer } = answered(await cluster.master.tls({ port: 6443, ca: await cluster.kubernetesCa() }));
    expect(factsOf(peer)).toMatchObject({
      keyType: "rsa",
      keyBits: 2048,
      usages: ["digitalSignature", "keyEncipherment"],
      extendedUsages: ["clientAuth", "serverAuth"],
      validityHours: tenYears,
    });
    fact("valid to", peer.validToDate.toISOString());
  },
);
