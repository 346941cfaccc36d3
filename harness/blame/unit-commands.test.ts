import { expect, test } from "vitest";
import { starts, stops, unitCommands } from "./unit-commands.ts";

const told = (script: string): string[] =>
  unitCommands(script).map(
    (call) =>
      `${call.verb}${starts(call) ? " up" : ""}${stops(call) ? " down" : ""}: ${call.units.join(" ")}`,
  );

test("a script's calls of systemctl are read in their order, with all their units", () => {
  expect(
    told(`systemctl daemon-reload
systemctl stop docker
systemctl start docker && systemctl enable docker; systemctl --no-pager restart flanneld.service kubelet
systemctl enable --now \\
  kube-proxy | tail -n 1
systemctl show --property=ActiveState etcd`),
  ).toEqual([
    "daemon-reload: ",
    "stop down: docker",
    "start up: docker",
    "enable: docker",
    "restart up: flanneld kubelet",
    "enable up: kube-proxy",
    "show: etcd",
  ]);
});

test("what only a shell knows is no unit", () => {
  expect(told('systemctl restart "$unit" $other')).toEqual(["restart up: "]);
});

test("a value of an option is no verb; a call for another machine is none on this one", () => {
  const script =
    "systemctl -t service start a\nsystemctl -H t72 start b\nssh t72 systemctl start c; systemctl stop d";
  expect(told(script)).toEqual(["start up: a", "stop down: d"]);
});

test.each([
  ["systemctl start 'kubelet'", "start", "kubelet"],
  ['(cd /k8s && systemctl start "etcd")', "start", "etcd"],
  ["service kube-proxy restart", "restart", "kube-proxy"],
  ["sudo service docker start;", "start", "docker"],
  ["systemctl condrestart flanneld", "condrestart", "flanneld"],
])("%s starts a unit", (text, verb, unit) => {
  const [call] = unitCommands(text);
  expect(call).toEqual({ verb, units: [unit], now: false });
  expect(call && starts(call)).toBe(true);
});
