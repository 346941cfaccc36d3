import { expect, test } from "vitest";
import { terminal } from "../testing.ts";
import { parseObserved } from "./observe.ts";
import { refusedIn } from "./revive.ts";
import { printedState } from "./testing.ts";

const unit = (id: string, active: string, file: string, enabled: string): string =>
  `Id=${id}\nActiveState=${active}\nSubState=${active === "activating" ? "auto-restart" : "dead"}\nFragmentPath=${file}/${id}\nUnitFileState=${enabled}\n`;
const printed = `== units
${[
  unit("etcd.service", "active", "/usr/lib/systemd/system", "enabled"),
  unit("flanneld.service", "active", "/etc/systemd/system", "static"),
  unit("guide-ssh@1-unknown.service", "active", "/etc/systemd/system", "static"),
  unit("docker.service", "active", "/usr/lib/systemd/system", "disabled"),
  unit("kubelet.service", "activating", "/usr/lib/systemd/system", "enabled"),
  unit("kube-proxy.service", "failed", "/usr/lib/systemd/system", "enabled"),
  unit("systemd-hostnamed.service", "active", "/lib/systemd/system", "static"),
].join("\n")}== range
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
    up: [
      "unit etcd.service",
      "unit flanneld.service",
      "unit docker.service",
      "port 127.0.0.1:2379",
      "port [::]:22",
      "port *:6443",
      "address host0 192.168.4.71/24",
      "address docker0 10.254.7.1/24",
    ],
    failed: ["unit kube-proxy.service"],
    failing: ["unit kubelet.service", "unit kube-proxy.service"],
  });
});

/** Whether docker of t72, lost after a boot, refuses, where these units have failed and its journal says this. */
const refused = (failed: string[], journal: string): Promise<boolean> => {
  const exec = async (command: string) => ({
    exitCode: 0,
    stdout: command.includes("journalctl") ? journal : printedState([], failed),
    stderr: "",
    durationMs: 1,
    timedOut: false,
  });
  const { connection } = terminal("t72", {});
  return refusedIn({ connection: () => ({ ...connection, exec }) }, { t72: ["unit docker.service"] });
};

test("a unit that does not come up after a boot for a reason of its own does not wait for the host", async () => {
  const front = "Nov 28 17:00:01 t72";
  const own = `${front} systemd[1]: docker.service: Failed to load environment files: No such file or directory`;
  const late = `${front} systemd[1]: docker.service: start operation timed out. Terminating.`;
  expect(await refused(["docker"], own)).toBe(true);
  expect(await refused(["docker"], late)).toBe(false);
  expect(await refused([], own)).toBe(false);
});
