import { expect, test } from "vitest";
import type { Ask, Step } from "../../../guide/types.ts";
import type { Capability, Limitation } from "../../../machines/machine.ts";
import type { ExecResult } from "../../../machines/ssh/connection.ts";
import { noCentos, noInternet, noSelinux } from "../../../machines/limitations.ts";
import { apply } from "../apply.ts";
import { context, group, planOf, run, step, terminal } from "../../testing.ts";

const limitations: readonly Limitation[] = [
  noSelinux,
  { capability: "modules", reason: "no module is loaded" },
];
const ask = (capability: Capability, what: string, optional: boolean): Ask => ({
  capability,
  what,
  optional,
  location: { file: "guide.md", line: 8 },
});
const noSetenforce = "bash: line 1: setenforce: command not found\n";

/** What becomes of a step of one script on a machine that lacks much. */
const applied = (script: string, stderr: string, more: Partial<Step> = {}): Promise<void> => {
  const t71 = terminal("t71", { [script]: { exitCode: 1, stderr } });
  const plan = planOf(group(step("1.1/a", "t71", run(script), more)));
  return apply({ plan, ...context({ t71 }), limitations });
};

test("what a step does without is not why it failed afterwards", async () => {
  const script = "setenforce 0 || true\nsystemctl start kublet";
  const stderr = `${noSetenforce}Failed to start kublet.service: Unit kublet.service not found.`;
  await expect(
    applied(script, stderr, { asks: [ask("selinux", "setenforce 0", true)] }),
  ).rejects.toMatchObject({
    verdict: "guide",
    message: expect.stringContaining("Unit kublet.service not found"),
  });
});

test("what is built upon something that a step does without may have failed for want of it", async () => {
  const stderr = "modprobe: FATAL: Module ip_vs not found in directory /lib/modules/6\nCan't initialize ipvs";
  const asks = [ask("modules", "ip_vs", true)];
  await expect(applied("modprobe ip_vs || true\nipvsadm -L", stderr, { asks })).rejects.toMatchObject({
    verdict: "not-possible",
  });
});

test.for<[string, Partial<Step>]>([
  ["nobody read in the text that it would be asked for", {}],
  ["the step cannot do without it", { asks: [ask("selinux", "setenforce 0", false)] }],
  [
    "the step also asks for it where it cannot do without",
    { asks: [ask("selinux", "setenforce 0", true), ask("selinux", "setenforce 0", false)] },
  ],
  [
    "the step ends itself for want of it",
    {
      asks: [ask("selinux", "setenforce 0", true)],
      effects: [{ machine: "t71", does: "alters", what: "exit 1", sure: false }],
    },
  ],
])("what machines lack is not possible here where %s", async ([, more]) => {
  await expect(applied("setenforce 0 || exit 1", noSetenforce, more)).rejects.toMatchObject({
    verdict: "not-possible",
  });
});

const unresolved = "error #0: dial tcp: lookup etcd1.k8s.com on 10.0.2.3:53: no such host\n";
const curl = [ask("internet", "example.com", false)];
const optional = [ask("internet", "example.com", true)];
const opaque: Step["effects"] = [{ machine: "t71", does: "unknown", what: "./fetch.sh", sure: true }];
test.for<[string, string, Partial<Step>]>([
  ["guide", "a step that asks nothing of the internet", {}],
  ["not-possible", "a step that asks it", { asks: curl }],
  ["not-possible", "a step of which nobody knows what it asks", { effects: opaque }],
  ["guide", "a step that goes on without it, and of which another command failed", { asks: optional }],
])("a name that is not resolved is %s for %s", async ([verdict, , more]) => {
  const script = "curl https://example.com || true\netcdctl ls";
  const t71 = terminal("t71", {});
  const result = {
    exitCode: 1,
    stdout: "",
    stderr: unresolved,
    durationMs: 1,
    timedOut: false,
    cwd: "/root",
    failed: { line: 2, command: "etcdctl ls" },
  };
  const made = context({ t71: { ...t71, shell: { ...t71.shell, run: () => Promise.resolve(result) } } });
  const plan = planOf(group(step("1.1/a", "t71", run(script), more)));
  await expect(apply({ plan, ...made, limitations: [noInternet] })).rejects.toMatchObject({ verdict });
});

/** A machine of Debian, whose shell finds these programs; what becomes of a step of one script on it. */
function onDebian(
  script: string,
  result: Partial<ExecResult>,
  found: readonly string[] = [],
  more: Partial<Step> = {},
): Promise<void> {
  const t71 = terminal("t71", { [script]: { exitCode: 127, ...result } }, (command) => ({
    stdout: found.find((program) => command.endsWith(` command -v ${program}`)) ?? "",
  }));
  const plan = planOf(group(step("1.1/a", "t71", run(script), more)));
  return apply({ plan, ...context({ t71 }), limitations: [noCentos] });
}

test.for<[string, string, Partial<ExecResult>, string[], string]>([
  [
    "a program that a new CentOS has",
    "restorecon -R /k8s",
    { stderr: "bash: line 1: restorecon: command not found" },
    [],
    "not-possible",
  ],
  [
    "such a program under sudo",
    "sudo nmcli con up eth1",
    { exitCode: 1, stderr: "sudo: nmcli: command not found" },
    [],
    "not-possible",
  ],
  [
    "a program that no new CentOS has",
    "rsync a b",
    { stderr: "bash: line 1: rsync: command not found" },
    [],
    "guide",
  ],
  [
    "a program that is not on the guide's PATH",
    "ls /k8s",
    { stderr: "bash: line 1: ls: command not found" },
    ["ls"],
    "guide",
  ],
  [
    "a program that the step goes on without",
    "restorecon -R /k8s || true\ncp missing /etc",
    { exitCode: 1, stderr: "bash: line 1: restorecon: command not found\ncp: cannot stat 'missing'" },
    [],
    "guide",
  ],
])("%s is missing on Debian", async ([, script, result, found, verdict]) => {
  await expect(onDebian(script, result, found)).rejects.toMatchObject({ verdict });
});

test("a program that is missing is why a block failed, whatever service of CentOS it goes on without", async () => {
  const stderr =
    "Failed to stop NetworkManager.service: Unit NetworkManager.service not loaded.\nbash: line 2: restorecon: command not found";
  const script = "systemctl stop NetworkManager || true\nrestorecon -R /k8s";
  const asks = [ask("centos", "systemctl stop NetworkManager", true)];
  await expect(onDebian(script, { stderr }, [], { asks })).rejects.toMatchObject({ verdict: "not-possible" });
});
