import { expect, test } from "vitest";
import { AccessTrace, accessesOf, traceAccess, unwatched, watched } from "./access-trace.ts";
import { once } from "./once.ts";

const texts = (command: string): string[] =>
  accessesOf("t71", command).map(({ machine, kind, name }) => `${machine} ${kind} ${name}`);

test("a command's text says which files, units and ports it looks at", () => {
  expect(texts("systemctl show --property=ActiveState,MainPID kube-proxy.service")).toEqual([
    "t71 unit kube-proxy",
  ]);
  expect(texts("journalctl --no-pager -u kubelet | grep ready")).toEqual(["t71 unit kubelet"]);
  expect(
    texts(
      "/k8s/etcd/bin/etcdctl --ca-file=/k8s/etcd/ssl/ca.pem --endpoints=https://192.168.4.71:2379 get /k8s/network/config",
    ),
  ).toEqual([
    "t71 file /k8s/etcd/bin/etcdctl",
    "t71 file /k8s/etcd/ssl/ca.pem",
    "t71 file /k8s/network/config",
    "t71 port 2379",
  ]);
  expect(texts("curl -s http://192.168.4.72:10255/healthz http://10.254.7.2:8080/ > /dev/null")).toEqual([
    "t72 port 10255",
  ]);
});

test("devices and rules are looks at the units that make them", () => {
  expect(texts("ip -o link show dev flannel.1")).toEqual(["t71 unit flanneld"]);
  expect(texts("timeout 6 tcpdump -nn -w - -i docker0 -c 1 'icmp' | base64 -w 0")).toEqual([
    "t71 unit docker",
  ]);
  expect(texts("timeout 6 tcpdump -nn -w - -i host0 'udp dst port 8472 and udp[39] = 1'")).toEqual([
    "t71 unit flanneld",
  ]);
  expect(texts("iptables-save -t nat")).toEqual(["t71 unit kube-proxy"]);
  expect(texts("nsenter --net --target 7 ip -o link show dev eth0")).toEqual(["t71 unit docker"]);
  expect(texts("ip -o link show dev docker0; systemctl show docker.service")).toEqual(["t71 unit docker"]);
  expect(texts("ip route get 192.168.4.72")).toEqual([]);
});

const look = (name: string): void => traceAccess({ machine: "t71", kind: "file", name });

test("a test has its own looks and those of work that it shares, even if that was done before", async () => {
  const shared = once(async () => {
    await Promise.resolve();
    look("/shared");
  });
  const names = async (own: string): Promise<string[]> => {
    const looks = new AccessTrace();
    await watched(looks, async () => {
      await shared();
      look(own);
    });
    return looks
      .all()
      .map(({ name }) => name)
      .toSorted();
  };
  expect(await Promise.all([names("/a"), names("/b")])).toEqual([
    ["/a", "/shared"],
    ["/b", "/shared"],
  ]);
  expect(await names("/c")).toEqual(["/c", "/shared"]);
});

test("work that is only begun beside a test is not the test's", () => {
  const looks = new AccessTrace();
  watched(looks, () => unwatched(() => traceAccess({ machine: "t71", kind: "unit", name: "etcd" })));
  expect(looks.all()).toEqual([]);
});

test("what is seen outside of all tests is nobody's", () => {
  expect(() => look("/etc/profile")).not.toThrow();
});

test("a test's looks are bounded", () => {
  const looks = new AccessTrace();
  for (let index = 0; index < 100; index += 1)
    looks.add({ machine: "t71", kind: "file", name: `/f${index}` });
  expect(looks.all()).toHaveLength(40);
});
