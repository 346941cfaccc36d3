import { describe, expect, test } from "vitest";
import { findingsIn, guide, testEdits } from "../testing.ts";

const etcdctl =
  '/k8s/etcd/bin/etcdctl --ca-file=/k8s/etcd/ssl/ca.pem --cert-file=/k8s/etcd/ssl/server.pem --key-file=/k8s/etcd/ssl/server-key.pem --endpoints="https://192.168.4.71:2379"';
const network = `'{ "Network": "10.254.0.0/16", "Backend": {"Type": "vxlan"}}'`;
const register = `${etcdctl} set /k8s/network/config ${network}`;

describe("etcdctl", () => {
  testEdits([
    [
      "options of the other interface",
      `${etcdctl} cluster-health`,
      '/k8s/etcd/bin/etcdctl ‸--cacert=/k8s/etcd/ssl/ca.pem --endpoints="https://192.168.4.71:2379" cluster-health',
      "versions/flag",
    ],
    [
      "a verb of the other interface",
      `${etcdctl} cluster-health`,
      `${etcdctl} ‸endpoint health`,
      "versions/flag",
    ],
    [
      "no CA",
      `${etcdctl} cluster-health`,
      '‸/k8s/etcd/bin/etcdctl --endpoints="https://192.168.4.71:2379" cluster-health',
      "values/needed",
    ],
    [
      "no certificate",
      `${etcdctl} cluster-health`,
      '‸/k8s/etcd/bin/etcdctl --ca-file=/k8s/etcd/ssl/ca.pem --endpoints="https://192.168.4.71:2379" cluster-health',
      "values/needed",
    ],
    [
      "another CA",
      register,
      `${etcdctl.replace("--ca-file=/k8s/etcd", "--ca-file=‸/k8s/kubernetes")} set /k8s/network/config ${network}`,
      "certificates/authority",
    ],
    [
      "another client",
      register,
      `${etcdctl.replace("--cert-file=/k8s/etcd", "--cert-file=‸/k8s/kubernetes")} set /k8s/network/config ${network}`,
      "certificates/authority",
      "certificates/pair",
    ],
    [
      "the address that it calls unless it is told one",
      `${etcdctl} cluster-health`,
      "‸/k8s/etcd/bin/etcdctl cluster-health",
      "values/endpoint",
    ],
    [
      "JSON whose quotes the shell takes away",
      network,
      '‸{"Network":"10.254.0.0/16","Backend":{"Type":"vxlan"}}',
      "networks/form",
    ],
    [
      "the third interface, told by a variable before the command",
      `${etcdctl} cluster-health`,
      "ETCDCTL_API=3 /k8s/etcd/bin/etcdctl --cacert=/k8s/etcd/ssl/ca.pem --cert=/k8s/etcd/ssl/server.pem --key=/k8s/etcd/ssl/server-key.pem --endpoints=https://192.168.4.71:2379 endpoint health",
    ],
    [
      "the third interface, told by env",
      `${etcdctl} cluster-health`,
      "env ETCDCTL_API=3 /k8s/etcd/bin/etcdctl --cacert=/k8s/etcd/ssl/ca.pem --cert=/k8s/etcd/ssl/server.pem --key=/k8s/etcd/ssl/server-key.pem --endpoints=https://192.168.4.71:2379 endpoint health",
    ],
    [
      "variables in the place of options",
      `${etcdctl} cluster-health`,
      "export ETCDCTL_CA_FILE=/k8s/etcd/ssl/ca.pem ETCDCTL_CERT_FILE=/k8s/etcd/ssl/server.pem ETCDCTL_KEY_FILE=/k8s/etcd/ssl/server-key.pem ETCDCTL_ENDPOINTS=https://192.168.4.71:2379\n/k8s/etcd/bin/etcdctl cluster-health",
    ],
    ["mk for set", register, register.replace(" set ", " mk ")],
    [
      "a value that is fed",
      register,
      `echo ${network} > network.json\n${etcdctl} set /k8s/network/config < network.json`,
    ],
  ]);
});

test("a network that is registered after flanneld is started is told at that start", async () => {
  const block = `\`\`\`bash run id=register-network on=t71\n${register}\n\`\`\`\n`;
  const late = guide.replace(block, "").replace("#### 4.2.6 Verify\n", () => `${block}\n#### 4.2.6 Verify\n`);
  const found = await findingsIn(late);
  expect(found.find(({ rule }) => rule === "networks/prefix")).toMatchObject({ step: "4.2.5/start-network" });
});

const server = 'KUBE_APISERVER="https://192.168.4.71:6443"';

describe("an address that no program reads", () => {
  testEdits([
    ["a dot for a colon", server, 'KUBE_APISERVER="https://192.168.4.71.6443"', "values/endpoint"],
    ["one slash", "--etcd-servers=https://", "--etcd-servers=‸https:/", "values/endpoint"],
    ["no scheme for the apiserver", "--etcd-servers=https://", "--etcd-servers=‸", "values/endpoint"],
    ["no scheme for flanneld", "--etcd-endpoints=https://", "--etcd-endpoints=‸", "values/endpoint"],
    ["no scheme for kubectl, which takes that of its CA", server, 'KUBE_APISERVER="192.168.4.71:6443"'],
  ]);
});

describe("etcd and its callers", () => {
  testEdits([
    [
      "a caller that trusts another CA than the others do",
      "--etcd-cafile=/k8s/etcd/ssl/ca.pem",
      "--etcd-cafile=‸/k8s/kubernetes/ssl/ca.pem",
      "certificates/authority",
    ],
    [
      "flanneld that trusts another CA",
      "-etcd-cafile=/k8s/etcd/ssl/ca.pem -etcd-certfile",
      "-etcd-cafile=‸/k8s/kubernetes/ssl/ca.pem -etcd-certfile",
      "certificates/authority",
    ],
    [
      "a name to listen at",
      'LISTEN_CLIENT_URLS="https://192.168.4.71:2379"',
      'LISTEN_CLIENT_URLS=‸"https://t71:2379"',
      "values/endpoint",
    ],
    [
      "another token, of which another id follows",
      'ETCD_INITIAL_CLUSTER_TOKEN="etcd-cluster"',
      'ETCD_INITIAL_CLUSTER_TOKEN="etcd-cluster-1"',
      "values/etcd-member",
    ],
    [
      "its own id, of another token",
      "member ac829673d2b22824 is",
      "member ‸6c7a38e3c63ace9b is",
      "values/etcd-member",
    ],
    [
      "a type of another kind, behind a shell",
      "Type=notify\nWorkingDirectory",
      "Type=‸forking\nWorkingDirectory",
      "units/exec",
    ],
    [
      "the number of a tunnel in quotes",
      '{"Type": "vxlan"}',
      '{"Type": "vxlan", ‸"VNI": "1"}',
      "networks/form",
    ],
    ["the number of a tunnel", '{"Type": "vxlan"}', '{"Type": "vxlan", "VNI": 2, "DirectRouting": true}'],
  ]);

  test("a network that no step registers is told where flanneld is started", async () => {
    const without = guide.replace(
      `\`\`\`bash run id=register-network on=t71\n${register}\n\`\`\`\n`,
      "None.\n",
    );
    const found = (await findingsIn(without)).filter(({ rule }) => rule === "networks/prefix");
    expect(found).toMatchObject([{ step: "4.2.5/start-network" }]);
  });

  test("a here-document without quotes loses all of etcd's variables by one fault", async () => {
    const open = "```ini file id=etcd-unit on=t71 path=/usr/lib/systemd/system/etcd.service\n";
    const [before = "", rest = ""] = guide.split(open);
    const start = "```bash run id=etcd-unit on=t71\ncat << EOF > /usr/lib/systemd/system/etcd.service\n";
    const found = await findingsIn(before + start + rest.replace("\n```", "\nEOF\n```"));
    expect(found.map(({ rule }) => rule)).toEqual(["shell/variable"]);
  });
});
