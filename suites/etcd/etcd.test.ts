import { z } from "zod";
import {
  acceptedUntil,
  answered,
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

const { etcd, ports, programs } = profile;

const versionSchema = z.object({ etcdserver: z.string() });

const outcome = (answer: TlsAnswer): string =>
  answer.kind === "refused" ? `refused: ${answer.alert}` : answer.kind;

test(
  "cluster-health is as the guide prints it",
  { meta: guards("etcd", "health") },
  async ({ cluster, fact }) => {
    const { etcd: members, master } = cluster;
    // With the guide's own address this is ac829673d2b22824, as the guide prints it.
    const member = memberId(profile, master.address);
    const health = await members.v2("cluster-health");
    expect(health, `\`etcdctl cluster-health\` prints: ${health.trim().replaceAll("\n", "; ")}`).toBe(
      `member ${member} is healthy: got healthy result from ${members.endpoint}\ncluster is healthy\n`,
    );
    fact("member", member);
  },
);

test("the unit is active and enabled", { meta: guards("etcd", "unit") }, async ({ cluster }) => {
  const [unit, wanted] = await Promise.all([
    cluster.master.unit("etcd"),
    cluster.master.run(sh`test -L /etc/systemd/system/multi-user.target.wants/etcd.service`),
  ]);
  expectFields(`etcd's unit on ${cluster.master.name}`, unit, {
    ActiveState: "active",
    SubState: "running",
    UnitFileState: "enabled",
    Restart: "on-failure",
  });
  const { exitCode } = wanted;
  expect(exitCode, `multi-user.target does not want etcd.service: test -L exits with ${exitCode}`).toBe(0);
});

test(
  "binary and server have the version of the artifact set",
  { meta: guards("etcd", "version") },
  async ({ cluster, fact }) => {
    const { master, versions } = cluster;
    const { ca, server } = await cluster.etcd.certificates();
    const [binary, answer] = await Promise.all([
      master.succeed(sh`${programs.etcd} --version`),
      master.tls({ port: ports.etcd, ca, identity: server, path: "/version" }),
    ]);
    const running = shapedJson(versionSchema, answered(answer).body, "etcd's answer to /version");
    const [version] = binary.split("\n");
    expect(version, `${programs.etcd} says ${version}, not ${versions.etcd}`).toBe(
      `etcd Version: ${versions.etcd}`,
    );
    const { etcdserver } = running;
    expect(etcdserver, `the server's version is ${etcdserver}, not ${versions.etcd}`).toBe(versions.etcd);
    fact("version", versions.etcd);
  },
);

test(
  `etcd listens on the guide's two addresses alone, and keeps its data under ${etcd.data}`,
  { meta: guards("etcd", "listens") },
  async ({ cluster: { master }, fact }) => {
    const [sockets, files] = await Promise.all([
      master.listens("etcd"),
      master.succeed(sh`ls -l /proc/$(pgrep -x etcd)/fd | sed -n 's|.* -> \(/.*\)|\1|p'`),
    ]);
    const addresses = [`${master.address}:${ports.etcd}`, `${master.address}:${ports.etcdPeers}`];
    expectList("where etcd listens", sockets, addresses);
    const data = files.split("\n").filter((file) => /\/(wal|snap)\//.test(file));
    expect(data.length, `etcd has ${data.length} files of its data open`).toBeGreaterThan(0);
    const elsewhere = data.filter((file) => !file.startsWith(`${etcd.data}/member/`));
    expectList(`etcd's data outside of ${etcd.data}`, elsewhere, []);
    fact("listens", sockets.join(", "));
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
      const { peer } = answered(await cluster.master.tls({ port, ca, identity: server, path: "/version" }));
      const authority = certificateOf(ca, "etcd's ca.pem");
      const what = `the certificate shown to ${clients} on ${port}`;
      expectSigned(what, peer, { ca: authority, file: etcd.ca });
      const subject = authority.subject.split("\n");
      expect(subject, `the CA is ${subject.join(", ")}, not ${etcd.authority}`).toContain(etcd.authority);
      expectFields(what, factsOf(peer), {
        subject: etcd.subject,
        names,
        keyType: "rsa",
        keyBits: 2048,
        usages: ["digitalSignature", "keyEncipherment"],
        extendedUsages: ["clientAuth", "serverAuth"],
        validityHours: profile.kubernetes.validHours,
      });
      fact("fingerprint", peer.fingerprint256);
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
      const [real, without, foreign] = await Promise.all([
        cluster.master.tls({ ...ask, identity: server }),
        cluster.master.tls(ask),
        cluster.master.tls({ ...ask, identity: forged }),
      ]);
      const { status } = answered(real);
      expect(status, `${port} with etcd's own certificate: HTTP ${status}, not 200`).toBe(200);
      expect(outcome(without), `${port} without a certificate is ${outcome(without)}`).toMatch(refusal);
      expect(outcome(foreign), `${port} with a foreign CA's certificate is ${outcome(foreign)}`).toMatch(
        refusal,
      );
      fact("without a certificate", outcome(without));
      fact("with a foreign CA's certificate", outcome(foreign));
    },
  );
}
