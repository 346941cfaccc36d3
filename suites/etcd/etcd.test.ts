import { z } from "zod";
import {
  acceptedUntil,
  answered,
  byMemberId,
  certificateOf,
  expect,
  expectFields,
  expectList,
  expectSigned,
  factsOf,
  forgeClient,
  guards,
  machines,
  memberId,
  profile,
  shapedJson,
  test,
  type TlsAnswer,
  sh,
} from "../cluster/index.ts";

const names = machines.map(({ address }) => `IP:${address}`);
/** TLS alerts (RFC 5246, 7.2) with which a server turns a client's certificate, or the lack of one, down. */
const refusal = /^refused: .*(certificate|unknown ca|handshake failure)/;

const { etcd, kubeProxy, ports, programs } = profile;

const versionSchema = z.object({ etcdserver: z.string() });

const outcome = (answer: TlsAnswer): string =>
  answer.kind === "refused" ? `refused: ${answer.alert}` : answer.kind;

test(
  "cluster-health is as the guide prints it",
  { meta: guards("etcd", "health") },
  async ({ cluster, fact }) => {
    // With the guide's own address this is ac829673d2b22824, as the guide prints it. etcdctl goes by these ids.
    const members = cluster.members
      .map(({ address }) => ({ id: memberId(profile, address), url: `https://${address}:${ports.etcd}` }))
      .toSorted((a, b) => byMemberId(a.id, b.id));
    const lines = members.map(({ id, url }) => `member ${id} is healthy: got healthy result from ${url}`);
    const health = await cluster.etcd.v2("cluster-health");
    expect(health, `\`etcdctl cluster-health\` prints: ${health.trim().replaceAll("\n", "; ")}`).toBe(
      `${[...lines, "cluster is healthy"].join("\n")}\n`,
    );
    fact("member", members.map(({ id }) => id).join(", "));
  },
);

test("the unit is active and enabled", { meta: guards("etcd", "unit") }, async ({ cluster }) => {
  for (const member of cluster.members) {
    const [unit, wanted] = await Promise.all([
      member.unit("etcd"),
      member.result(sh`test -L /etc/systemd/system/multi-user.target.wants/etcd.service`),
    ]);
    expectFields(`etcd's unit on ${member.name}`, unit, {
      ActiveState: "active",
      SubState: "running",
      UnitFileState: "enabled",
      Restart: "on-failure",
    });
    const { exitCode } = wanted;
    const what = `${member.name}'s multi-user.target does not want etcd.service`;
    expect(exitCode, `${what}: test -L exits with ${exitCode}`).toBe(0);
  }
});

test(
  "binary and server have the version of the artifact set",
  { meta: guards("etcd", "version") },
  async ({ cluster, fact }) => {
    const { members, versions } = cluster;
    const { ca, server } = await cluster.etcd.certificates();
    for (const member of members) {
      const [binary, answer] = await Promise.all([
        member.succeed(sh`${programs.etcd} --version`),
        member.tls({ port: ports.etcd, ca, identity: server, path: "/version" }),
      ]);
      const running = shapedJson(versionSchema, answered(answer).body, "etcd's answer to /version");
      const [version] = binary.split("\n");
      expect(version, `${member.name}'s ${programs.etcd} says ${version}, not ${versions.etcd}`).toBe(
        `etcd Version: ${versions.etcd}`,
      );
      const { etcdserver } = running;
      expect(etcdserver, `${member.name}'s server has the version ${etcdserver}, not ${versions.etcd}`).toBe(
        versions.etcd,
      );
    }
    fact("version", versions.etcd);
  },
);

test(
  `etcd listens on the guide's two addresses alone, and keeps its data under ${etcd.data}`,
  { meta: guards("etcd", "listens") },
  async ({ cluster: { members }, fact }) => {
    for (const member of members) {
      const { name, address } = member;
      const [sockets, files] = await Promise.all([
        member.listens("etcd"),
        member.succeed(sh`ls -l /proc/$(pgrep -x etcd)/fd | sed -n 's|.* -> \(/.*\)|\1|p'`),
      ]);
      const addresses = [`${address}:${ports.etcd}`, `${address}:${ports.etcdPeers}`].toSorted();
      expectList(`where etcd of ${name} listens`, sockets, addresses);
      const data = files.split("\n").filter((file) => /\/(wal|snap)\//.test(file));
      expect(data.length, `etcd of ${name} has ${data.length} files of its data open`).toBeGreaterThan(0);
      const elsewhere = data.filter((file) => !file.startsWith(`${etcd.data}/member/`));
      expectList(`etcd's data on ${name} outside of ${etcd.data}`, elsewhere, []);
      fact(`listens on ${name}`, sockets.join(", "));
    }
  },
);

test("the private key of etcd's CA is on no node", { meta: guards("etcd", "caKey") }, async ({ cluster }) => {
  expectList(`nodes with ${etcd.caKey}`, await cluster.nodesWith(etcd.caKey), []);
});

test(
  "etcd's CA holds for as long as its request says, and with its end ends what it signed",
  { meta: guards("etcd", "authority") },
  async ({ cluster, fact }) => {
    const { ca, server } = await cluster.etcd.certificates();
    const authority = certificateOf(ca, "etcd's ca.pem");
    const wanted = { validityHours: profile.kubernetes.authorityHours };
    expectFields(`the CA in ${etcd.ca}`, factsOf(authority), wanted);
    fact("the CA is valid to", authority.validToDate.toISOString());
    fact(
      "etcd is trusted to",
      acceptedUntil(certificateOf(server.cert, "server.pem"), authority).toISOString(),
    );
  },
);

for (const [port, clients] of [
  [ports.etcd, "clients"],
  [ports.etcdPeers, "peers"],
] as const) {
  test(
    `the certificate shown to ${clients} on ${port} chains to etcd's CA and names all machines`,
    { meta: guards("etcd", "certificate") },
    async ({ cluster, fact }) => {
      const { ca, server } = await cluster.etcd.certificates();
      const authority = certificateOf(ca, "etcd's ca.pem");
      const subject = authority.subject.split("\n");
      expect(subject, `the CA is ${subject.join(", ")}, not ${etcd.authority}`).toContain(etcd.authority);
      for (const member of cluster.members) {
        const { peer } = answered(await member.tls({ port, ca, identity: server, path: "/version" }));
        const what = `the certificate that ${member.name} shows to ${clients} on ${port}`;
        expectSigned(what, peer, { ca: authority, file: etcd.ca });
        expectFields(what, factsOf(peer), {
          subject: etcd.subject,
          names,
          keyType: "rsa",
          keyBits: 2048,
          usages: ["digitalSignature", "keyEncipherment"],
          extendedUsages: ["clientAuth", "serverAuth"],
          validityHours: profile.kubernetes.validHours,
        });
        fact(`fingerprint on ${member.name}`, peer.fingerprint256);
      }
    },
  );

  test(
    `on ${port}, ${clients} without a certificate or with one of a foreign CA are refused`,
    { meta: guards("etcd", "refusals") },
    async ({ cluster, fact }) => {
      const { ca, server } = await cluster.etcd.certificates();
      const forged = await forgeClient(
        ca,
        certificateOf(server.cert, "etcd's server.pem").subject.replaceAll("\n", ", "),
      );
      const ask = { port, ca, path: "/version" };
      for (const member of cluster.members) {
        const [real, without, foreign] = await Promise.all([
          member.tls({ ...ask, identity: server }),
          member.tls(ask),
          member.tls({ ...ask, identity: forged }),
        ]);
        const at = `${port} of ${member.name}`;
        const { status } = answered(real);
        expect(status, `${at} with etcd's own certificate: HTTP ${status}, not 200`).toBe(200);
        expect(outcome(without), `${at} without a certificate is ${outcome(without)}`).toMatch(refusal);
        expect(outcome(foreign), `${at} with a foreign CA's certificate is ${outcome(foreign)}`).toMatch(
          refusal,
        );
        fact(`${member.name}, without a certificate`, outcome(without));
        fact(`${member.name}, with a foreign CA's certificate`, outcome(foreign));
      }
    },
  );

  test(
    `on ${port}, ${clients} with a certificate of Kubernetes' CA are refused`,
    { meta: guards("etcd", "otherCa") },
    async ({ cluster: { etcd: asked, master, members }, fact }) => {
      const [{ ca }, cert, key] = await Promise.all([
        asked.certificates(),
        master.read(kubeProxy.certificate),
        master.read(kubeProxy.key),
      ]);
      for (const member of members) {
        const { name } = member;
        const answer = await member.tls({ port, ca, identity: { cert, key }, path: "/version" });
        const came = outcome(answer);
        expect(came, `${port} of ${name} with kube-proxy's certificate is ${came}`).toMatch(refusal);
        fact(`${name}, with kube-proxy's certificate`, came);
      }
    },
  );
}
