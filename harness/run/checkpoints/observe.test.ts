import { expect, test } from "vitest";
import { missing, parseObserved } from "./observe.ts";

const printed = `== units
Id=etcd.service
ActiveState=active
FragmentPath=/usr/lib/systemd/system/etcd.service
UnitFileState=enabled

Id=flanneld.service
ActiveState=active
FragmentPath=/etc/systemd/system/flanneld.service
UnitFileState=disabled

Id=kubelet.service
ActiveState=activating
FragmentPath=/usr/lib/systemd/system/kubelet.service
UnitFileState=enabled

Id=systemd-hostnamed.service
ActiveState=active
FragmentPath=/lib/systemd/system/systemd-hostnamed.service
UnitFileState=static
== failed
kube-proxy.service
== range
32768	60999
== listening
State  Recv-Q Send-Q Local Address:Port  Peer Address:Port
LISTEN 0      4096       127.0.0.1:2379       0.0.0.0:*
LISTEN 0      4096       127.0.0.1:38211      0.0.0.0:*
LISTEN 0      4096            [::]:22            [::]:*
LISTEN 0      4096               *:6443             *:*
== addresses
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: host0    inet 192.168.4.71/24 brd 192.168.4.255 scope global host0\\       valid_lft forever
3: docker0    inet 10.254.7.1/24 brd 10.254.7.255 scope global docker0\\       valid_lft forever
9: veth12ab    inet 10.254.7.9/24 scope global veth12ab\\       valid_lft forever
`;

test("what is up is told from what comes and goes by itself", () => {
  expect(parseObserved(printed)).toEqual({
    units: ["etcd.service", "flanneld.service"],
    failed: ["kube-proxy.service"],
    listening: ["*:6443", "127.0.0.1:2379", "[::]:22"],
    addresses: ["host0 192.168.4.71/24", "docker0 10.254.7.1/24"],
  });
});

const before = {
  units: ["etcd.service", "kubelet.service"],
  listening: ["*:6443"],
  addresses: ["docker0 10.254.7.1/24"],
};

test("nothing is missing where all is up again, whatever else is", () => {
  const now = { ...before, units: [...before.units, "more.service"], failed: ["other.service"] };
  expect(missing(before, now)).toEqual({ what: [], final: false });
});

test("what is missing is named, and a failed unit ends the wait", () => {
  const now = { units: ["etcd.service"], listening: [], addresses: ["docker0 172.17.0.1/16"], failed: [] };
  const what = ["nothing listens on *:6443", "no address docker0 10.254.7.1/24"];
  expect(missing(before, now)).toEqual({ what: ["kubelet.service is not active", ...what], final: false });
  expect(missing(before, { ...now, failed: ["kubelet.service"] })).toEqual({
    what: ["kubelet.service is failed", ...what],
    final: true,
  });
});
