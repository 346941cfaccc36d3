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
