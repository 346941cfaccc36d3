import { randomUUID } from "node:crypto";
import { eventually, expect, expectFields, guards, killUnit, ownKeys, sh, test } from "../cluster/index.ts";

test(
  "keys survive a crash, systemd starts etcd again, and the apiserver comes back",
  { meta: guards("etcd", "crash") },
  async ({ cluster, onTestFinished, fact }) => {
    const { members, etcd, kubectl } = cluster;
    const [key, value] = [`${ownKeys}/${randomUUID()}`, randomUUID()];
    onTestFinished(async () => {
      await Promise.all(members.map((member) => member.run(sh`systemctl start etcd`)));
      await Promise.all([etcd.v2(`rm ${key}`), etcd.v3(`del ${key}`)]);
    });
    const [before] = await Promise.all([
      Promise.all(members.map((member) => member.unit("etcd"))),
      etcd.v2(`set ${key} ${value}`),
      etcd.v3(`put ${key} ${value}`),
    ]);

    const started = performance.now();
    // All at once: what a majority has in memory alone is lost.
    await Promise.all(members.map((member) => member.succeed(killUnit("etcd"))));
    await Promise.all(
      members.map(async (member, index) => {
        const { ActiveState: state, SubState } = await eventually(() => member.unit("etcd"), {
          describe: `systemd has started etcd on ${member.name} again`,
          deadline: 15_000,
          interval: 100,
          until: ({ ActiveState, MainPID }) =>
            ActiveState === "failed" || (ActiveState === "active" && MainPID !== before[index]?.MainPID),
          show: ({ ActiveState, SubState: sub, MainPID }) => `${ActiveState} (${sub}), process ${MainPID}`,
        });
        expect(state, `${member.name}'s etcd is ${state} (${SubState}) after a crash, not active`).toBe(
          "active",
        );
      }),
    );
    const [version2, version3] = await Promise.all([
      etcd.v2(`get ${key}`),
      etcd.v3(`get --print-value-only ${key}`),
    ]);
    const seen = { version2: version2.trim(), version3: version3.trim() };
    expectFields("keys of etcd after the crash", seen, { version2: value, version3: value });
    fact("etcd back after ms", Math.round(performance.now() - started));
    await eventually(() => kubectl.run("get --raw /healthz"), {
      describe: "the apiserver is healthy after etcd's crash",
      deadline: 30_000,
      until: (answer) => answer === "ok",
    });
    fact("apiserver healthy after ms", Math.round(performance.now() - started));
  },
);
