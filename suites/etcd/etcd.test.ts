import { expect } from "vitest";
import { z } from "zod";
import {
  answered,
  certificateOf,
  chainsTo,
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
    expect(await members.v2("cluster-health")).toBe(
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
  expect(unit).toMatchObject({
    ActiveState: "active",
    SubState: "running",
    UnitFileState: "enabled",
    Restart: "on-failure",
  });
  expect(wanted.exitCode, "multi-user.target wants etcd.service").toBe(0);
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
    expect(binary.split("\n")[0]).toBe(`etcd Version: ${versions.etcd}`);
    expect(running.etcdserver, "the server's version").toBe(versions.etcd);
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
    expect(sockets).toEqual([`${master.address}:${ports.etcd}`, `${master.address}:${ports.etcdPeers}`]);
    const data = files.split("\n").filter((file) => /\/(wal|snap)\//.test(file));
    expect(data.length, "open files of etcd's data").toBeGreaterThan(0);
    expect(data.filter((file) => !file.startsWith(`${etcd.data}/member/`))).toEqual([]);
    fact("listens", sockets.join(", "));
  },
);

test("the private key of etcd's CA is on no node", { meta: guards("etcd", "caKey") }, async ({ cluster }) => {
  expect(await cluster.nodesWith(etcd.caKey), `nodes with ${etcd.caKey}`).toEqual([]);
});

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
      expect(chainsTo(peer, authority), `signed by the CA of ${etcd.ca}`).toBe(true);
      expect(authority.subject.split("\n")).toContain(etcd.authority);
      expect(factsOf(peer)).toMatchObject({
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
      expect(answered(real).status, "etcd's own certificate is let in").toBe(200);
      expect(outcome(without), "without a certificate").toMatch(refusal);
      expect(outcome(foreign), "with a foreign CA's certificate").toMatch(refusal);
      fact("without a certificate", outcome(without));
      fact("with a foreign CA's certificate", outcome(foreign));
    },
  );
}
