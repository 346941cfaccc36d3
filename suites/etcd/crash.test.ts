import { randomUUID } from "node:crypto";
import { eventually, expect, expectFields, guards, sh, test } from "../cluster/index.ts";

test(
  "keys survive a crash, systemd starts etcd again, and the apiserver comes back",
  { meta: guards("etcd", "crash") },
  async ({ cluster, onTestFinished, fact }) => {
    const { master, etcd, kubectl } = cluster;
    const [key, value] = [`/guide-suites/${randomUUID()}`, randomUUID()];
    onTestFinished(async () => {
      await master.run(sh`systemctl start etcd`);
      await Promise.all([etcd.v2(`rm ${key}`), etcd.v3(`del ${key}`)]);
    });
    const [before] = await Promise.all([
      master.unit("etcd"),
      etcd.v2(`set ${key} ${value}`),
      etcd.v3(`put ${key} ${value}`),
    ]);

    const started = performance.now();
    await master.succeed(sh`systemctl kill --signal=KILL etcd`);
    const after = await eventually(() => master.unit("etcd"), {
      describe: "systemd has started etcd again",
      deadline: 15_000,
      interval: 100,
      until: ({ ActiveState, MainPID }) =>
        ActiveState === "failed" || (ActiveState === "active" && MainPID !== before.MainPID),
      show: ({ ActiveState, SubState, MainPID }) => `${ActiveState} (${SubState}), process ${MainPID}`,
    });
    const { ActiveState: state, SubState } = after;
    expect(state, `etcd's unit is ${state} (${SubState}) after a crash, not active`).toBe("active");
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
