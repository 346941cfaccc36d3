import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../testing.ts";

let folder: string;
let programs: string;
beforeEach(() => {
  folder = temporaryFolder();
  programs = join(folder, "programs");
  mkdirSync(programs);
  for (const name of ["systemctl", "setenforce", "docker"]) standIn(name, "");
});

/** A program that writes down what it is asked. */
const standIn = (name: string, text: string): void =>
  writeFileSync(join(programs, name), `#!/bin/sh\necho "${name} $*" >>${folder}/log\n${text}\n`, {
    mode: 0o755,
  });

/** Runs a part of a script, with stand-ins for what would change this host; gives what these were asked. */
function asked(name: string, head: string, part: (text: string) => string = (text) => text) {
  writeFileSync(join(folder, "log"), "");
  const text = part(readFileSync(join(import.meta.dirname, `${name}.sh`), "utf8"));
  const script = head + text.replaceAll("PATH=/usr/local/sbin:/usr/local/bin", `PATH=${programs}`);
  expect(script).toContain(`PATH=${programs}`);
  const { status, stdout } = spawnSync("sh", ["-s"], { input: script, encoding: "utf8" });
  return { status, stdout, calls: readFileSync(join(folder, "log"), "utf8").split("\n").filter(Boolean) };
}

/** The part of reset.sh that asks Docker: the others look for processes and mounts of this host. */
const dockersPart = (text: string): string => text.slice(0, text.indexOf("# What still runs in a pod's"));

/** Names of containers, of which Docker's filter takes those that its pattern matches. */
const containers = [
  "k8s_POD_web-0_default_1a2b-3c_0",
  "k8s_etcd_etcd-a_kube-system_0123456789abcdef0123456789abcdef_12_9ab0",
  "k8s_exporter",
  "my-k8s_POD_web-0_default_1a2b-3c_0",
  "k8s_ops_board_old",
];

/** The containers that reset.sh removes. */
const pods = (spared: string): string[] => {
  standIn(
    "docker",
    `[ "$1" = ps ] || exit 0
for word; do case $word in name=*) pattern=\${word#name=} ;; esac; done
printf '%s\\n' ${containers.join(" ")} | sed 's#^#/#' | grep -E "$pattern" | sed 's#^/##'`,
  );
  const head = `containers=planned\nspared='${spared}'\n`;
  const { status, calls } = asked("reset", head, dockersPart);
  expect(status).toBe(0);
  return calls
    .filter((call) => call.startsWith("docker rm "))
    .flatMap((call) => call.split(" ").slice(4))
    .toSorted();
};

describe("reset.sh", () => {
  test("removes the containers of pods, and none that has only a name like theirs", () => {
    expect(pods("")).toEqual([...containers.slice(0, 2), "planned"].toSorted());
  });

  test("removes none that was there before, whatever it is called", () => {
    expect(pods(`other ${containers[0]}`)).toEqual([containers[1], "planned"]);
  });
});

describe("settle.sh", () => {
  test("puts SELinux in force before it starts units, if it is told to", () => {
    const { status, calls } = asked("settle", "start='docker.service'\nenforce='yes'\n");
    expect(status).toBe(0);
    expect(calls.slice(-2)).toEqual(["setenforce 1", "systemctl start docker.service"]);
    expect(asked("settle", "start='docker.service'\nenforce=''\n").calls).not.toContain("setenforce 1");
  });
  test("fails if SELinux cannot be put in force", () => {
    standIn("setenforce", "exit 1");
    expect(asked("settle", "enforce='yes'\n").status).toBe(1);
  });
});

test("state.sh names the containers of pods, which Docker has written down", () => {
  const docker = join(folder, "docker");
  for (const [index, name] of containers.entries()) {
    const own = join(docker, "containers", `id${index}`);
    mkdirSync(own, { recursive: true });
    const config = {
      Env: ['A="Name":"/k8s_a_b_c_0_0"'],
      Name: `/${name}`,
      MountPoints: { x: { Name: "v" } },
    };
    writeFileSync(join(own, "config.v2.json"), JSON.stringify(config));
  }
  const part = (text: string): string =>
    text.slice(0, text.indexOf("cat /proc/sys")) +
    text
      .slice(text.indexOf("cd /var/lib/docker"), text.indexOf("[ ! -S /run"))
      .replace("/var/lib/docker", docker);
  const { stdout } = asked("state", "", part);
  expect(stdout.split("\n").filter((line) => line.startsWith("pods"))).toEqual([
    `pods\t\tid0 ${containers[0]}`,
    `pods\t\tid1 ${containers[1]}`,
  ]);
});

/** The part of state.sh that reads the packet filter. */
const filterPart = (text: string): string =>
  text.slice(0, text.indexOf("cat /proc/sys")) +
  text.slice(text.indexOf("ip rule"), text.indexOf("awk '{ end")).replace(/^ip rule.*$/m, "");

test("state.sh fails if the packet filter cannot be read; an empty one is none", () => {
  standIn("iptables-save", "");
  standIn("ip6tables-save", "echo '*filter'");
  expect(asked("state", "", filterPart)).toMatchObject({ status: 0, stdout: "ip6tables\t\t*filter\n" });
  standIn("ip6tables-save", "exit 1");
  expect(asked("state", "", filterPart).status).toBe(1);
  standIn("iptables-save", "exit 4");
  expect(asked("state", "", filterPart)).toMatchObject({ status: 1, stdout: "" });
});
