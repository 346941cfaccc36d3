import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testContext, temporaryFolder } from "../../testing.ts";
import { silent } from "../../progress.ts";
import type { RunningCluster } from "../machine.ts";
import { freezerOf, hierarchies } from "./host/kernel/cgroups.ts";
import { checkpoints } from "./checkpoints.ts";
import { anchorName, seenBy } from "./host/namespace-anchor.ts";
import { processOf, readLedger } from "./cluster.ts";
import { clusterNames, machineNames } from "../names.ts";
import { nspawn } from "./provider.ts";
import { machineOf, nothingLeft, output as outputOf, stopFirewall, testSpec } from "./testing.ts";

const context = testContext();

const key = "test-checkpoint";
/** Enough of them that machines which did not stand still would be caught. */
const cuts = Array.from({ length: 10 }, (_, index) => `test-cut-${index}`);
const artifacts = temporaryFolder();
let cluster: RunningCluster;

const output = (from: RunningCluster, name: string, command: string): Promise<string> =>
  outputOf(machineOf(from, name), command);

/** t71 writes a number down and sends it to t72, which writes it down, too, before the next: t72 never knows more. */
const receive = `${stopFirewall}
cd /run/systemd/system
printf '[Socket]\\nListenStream=9000\\nAccept=yes\\nTriggerLimitIntervalSec=0\\n' > receive.socket
printf '[Service]\\nStandardInput=socket\\nExecStart=/bin/sh -c "read -r n; echo $$n > /root/new; mv /root/new /root/received"\\n' > receive@.service
systemctl start receive.socket`;
const send = `systemd-run -q --unit=send bash -c 'i=0; while :; do i=$((i+1)); echo $i > /root/new; mv /root/new /root/sent; exec 3<>/dev/tcp/192.168.4.72/9000; echo $i >&3; cat <&3; exec 3>&-; done'`;

beforeAll(async () => {
  await writeFile(join(artifacts, "tool.tar.gz"), "content");
  await nspawn.prepare(silent, context);
  await Promise.all(["test-saved", "test-again"].map((id) => nspawn.down(id, silent, context)));
  await checkpoints.remove([key, ...cuts], context);
  cluster = await nspawn.up(testSpec("test-saved", artifacts), silent, context);
});
afterAll(async () => {
  await Promise.all(["test-saved", "test-again"].map((id) => nspawn.down(id, silent, context)));
  await checkpoints.remove([key, ...cuts], context);
});

const sent = async (): Promise<number> => Number(await output(cluster, "t71", "cat /root/sent"));

it("saves machines while they work", async () => {
  await output(cluster, "t72", receive);
  await output(cluster, "t71", send);
  await output(
    cluster,
    "t72",
    "for i in $(seq 100); do [ -s /root/received ] && exit; sleep 0.1; done; exit 1",
  );
  await output(cluster, "t71", "date > /root/before");
  await checkpoints.save("test-saved", key, context);
  await output(cluster, "t71", "date > /root/after");
  expect(await checkpoints.list(context)).toContain(key);
});

it("has no machine know more than the one that told it, whenever it is done", async () => {
  const anchor = processOf((await readLedger("test-saved")).items, anchorName);
  if (!anchor) throw new Error("the cluster has no anchor");
  const { pool } = clusterNames("test-saved");
  const saved = async (cut: string, file: string): Promise<number> =>
    Number(await readFile(seenBy(anchor, join(pool, "checkpoints", cut, file)), "utf8"));
  for (const cut of cuts) {
    await checkpoints.save("test-saved", cut, context);
    const received = await saved(cut, "t72/root/received");
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThanOrEqual(await saved(cut, "t71/root/sent"));
  }
  expect(await checkpoints.remove(cuts, context)).toEqual(cuts);
});

it("leaves the machines at work", async () => {
  const before = await sent();
  await expect.poll(sent).toBeGreaterThan(before);
});

it("starts further machines from there, beside the first, as themselves and with a key of their own", async () => {
  const again = await nspawn.up({ ...testSpec("test-again", artifacts), from: key }, silent, context);
  expect(await output(again, "t71", "cat /root/before")).not.toBe("");
  await expect(output(again, "t71", "cat /root/after")).rejects.toThrow("No such file");
  const identity = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub; hostname";
  expect(await output(again, "t72", identity)).toBe(await output(cluster, "t72", identity));
  const own = "grep -c harness /root/.ssh/authorized_keys";
  expect(await output(again, "t72", own)).toBe("1");
});

it("keeps what was saved when its machines are gone, and removes it by its key", async () => {
  await nspawn.down("test-again", silent, context);
  expect(await checkpoints.list(context)).toContain(key);
  expect(await checkpoints.remove([key], context)).toEqual([key]);
  expect(await checkpoints.list(context)).not.toContain(key);
  await nothingLeft("test-again");
});

it("removes machines that stand still, as a killed run leaves them", async () => {
  const freezer = freezerOf(await hierarchies());
  const folder = join(freezer?.path ?? "", machineNames("test-saved", "t71").cgroup);
  const [file, still] = freezer?.version === "v1" ? ["freezer.state", "FROZEN"] : ["cgroup.freeze", "1"];
  await writeFile(join(folder, file), still);
  expect(await nspawn.down("test-saved", silent, context)).not.toEqual([]);
  await nothingLeft("test-saved");
});
