import {
  acceptedUntil,
  answered,
  certificateOf,
  expectFields,
  expectSigned,
  factsOf,
  guards,
  machines,
  profile,
  test,
} from "../cluster/index.ts";

const { kubernetes, ports } = profile;
const names = [...kubernetes.names, ...machines.map(({ address }) => `IP:${address}`)].toSorted();

test(
  "the certificate chains to the CA of Kubernetes and has exactly the names of the guide",
  { meta: guards("apiserver", "certificate") },
  async ({ cluster, fact }) => {
    const ca = await cluster.kubernetesCa();
    const { peer } = answered(await cluster.master.tls({ port: ports.apiserver, ca }));
    const authority = certificateOf(ca, "ca.pem");
    expectSigned("the apiserver's certificate", peer, { ca: authority, file: kubernetes.ca });
    expectFields(`the CA in ${kubernetes.ca}`, factsOf(authority), {
      subject: kubernetes.authority,
      isCa: true,
    });
    const wanted = { subject: kubernetes.subject, names, isCa: false };
    expectFields("the apiserver's certificate", factsOf(peer), wanted);
    fact("fingerprint", peer.fingerprint256);
    fact("names", names.length);
  },
);

test(
  "the CA holds for as long as its request says, and with its end ends what it signed",
  { meta: guards("apiserver", "authority") },
  async ({ cluster, fact }) => {
    const ca = await cluster.kubernetesCa();
    const authority = certificateOf(ca, "ca.pem");
    const { peer } = answered(await cluster.master.tls({ port: ports.apiserver, ca }));
    const wanted = { validityHours: kubernetes.authorityHours };
    expectFields(`the CA in ${kubernetes.ca}`, factsOf(authority), wanted);
    fact("the CA is valid to", authority.validToDate.toISOString());
    fact("the apiserver is trusted to", acceptedUntil(peer, authority).toISOString());
  },
);

test(
  "the certificate has a 2048-bit RSA key, the profile's usages, and is valid for ten years",
  { meta: guards("apiserver", "key") },
  async ({ cluster, fact }) => {
    const { peer } = answered(
      await cluster.master.tls({ port: ports.apiserver, ca: await cluster.kubernetesCa() }),
    );
    expectFields("the apiserver's certificate", factsOf(peer), {
      keyType: "rsa",
      keyBits: 2048,
      usages: ["digitalSignature", "keyEncipherment"],
      extendedUsages: ["clientAuth", "serverAuth"],
      validityHours: kubernetes.validHours,
    });
    fact("valid to", peer.validToDate.toISOString());
  },
);
