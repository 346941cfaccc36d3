import { appendFile, readFile, writeFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { testContext } from "../../../testing.ts";
import { UsageError } from "../../../errors.ts";
import { silent } from "../../../progress.ts";
import { most } from "../checkpoints.ts";
import { vagrantNames } from "../cluster.ts";
import { vagrant } from "../provider.ts";
import { recordedCluster, type RecordedHost, recordedSpec as spec } from "../testing.ts";

const context = testContext();

let host: RecordedHost;
beforeEach(async () => void ({ host } = await recordedCluster()));

describe("snapshots", () => {
  const snapshots = vagrant.snapshots;

  it("are taken of machines that stand still, with a note", async () => {
    await vagrant.up(spec, silent, context);
    await snapshots?.save("vm", "half", "the note", context);
    const calls = await host.calls("vagrant");
    expect(calls.at(-1)).toBe("--machine-readable snapshot save --force half");
    const asked = (await host.calls("virsh")).map((call) => call.split(" ").slice(2).join(" "));
    expect(asked).toContain("suspend k8s-guide.vm.t71");
    expect(await snapshots?.restore("vm", "half", context)).toBe("the note");
    expect((await host.calls("vagrant")).at(-1)).toBe(
      "--machine-readable snapshot restore --no-provision half",
    );
  });

  it("leave no machine suspended, where another one cannot be", async () => {
    await vagrant.up(spec, silent, context);
    const definition = JSON.parse(await readFile(vagrantNames("vm").definition, "utf8"));
    definition.spec.machines.push({ ...definition.spec.machines[0], name: "t72" });
    await writeFile(vagrantNames("vm").definition, JSON.stringify(definition));
    await host.suspends("k8s-guide.vm.t71");
    await expect(snapshots?.save("vm", "half", "", context)).rejects.toThrow("t72 is shut off");
    const asked = (await host.calls("virsh")).map((call) => call.split(" ").slice(2).join(" "));
    expect(asked.filter((call) => /^(suspend|resume) /.test(call))).toEqual([
      "suspend k8s-guide.vm.t71",
      "resume k8s-guide.vm.t71",
    ]);
    expect(await host.calls("vagrant")).not.toContainEqual(expect.stringContaining("snapshot"));
  });

  it("are those that were saved, of clusters that there are", async () => {
    await expect(snapshots?.restore("vm", "half", context)).rejects.toThrow(/no cluster vm/);
    await vagrant.up(spec, silent, context);
    await expect(snapshots?.restore("vm", "half", context)).rejects.toThrow(/no snapshot half/);
    await expect(snapshots?.save("vm", "../x", "", context)).rejects.toThrow(UsageError);
    await appendFile(`${host.folder}/domstate`, "");
    await host.libvirt({});
    await expect(readFile(`${host.folder}/vagrant.calls`, "utf8")).resolves.not.toContain("snapshot");
  });
});

const snapshotCalls = async (): Promise<string[]> =>
  (await host.calls("vagrant")).filter((call) => call.includes("snapshot"));

describe("checkpoints", () => {
  const checkpoints = vagrant.checkpoints;

  it("are snapshots of the cluster, to which it returns, and which go with it", async () => {
    await vagrant.up(spec, silent, context);
    await checkpoints?.save("vm", "abc", context);
    await checkpoints?.save("vm", "abc", context);
    expect(await checkpoints?.list(context)).toEqual(["abc"]);
    const again = await vagrant.up({ ...spec, from: "abc" }, silent, context);
    expect(again.machines.map(({ spec: { name } }) => name)).toEqual(["t71"]);
    expect(await snapshotCalls()).toEqual([
      "--machine-readable snapshot save --force checkpoint-abc",
      "--machine-readable snapshot restore --no-provision checkpoint-abc",
    ]);
    expect((await host.calls("vagrant")).filter((call) => call.includes(" up "))).toHaveLength(1);
    await expect(vagrant.up({ ...spec, from: "abd" }, silent, context)).rejects.toThrow(/no snapshot/);
    expect(await checkpoints?.remove(["abc", "of-nobody"], context)).toEqual(["abc"]);
    expect((await snapshotCalls()).at(-1)).toBe("--machine-readable snapshot delete checkpoint-abc");
    expect(await checkpoints?.list(context)).toEqual([]);
    await checkpoints?.save("vm", "abc", context);
    await vagrant.down("vm", silent, context);
    expect(await checkpoints?.list(context)).toEqual([]);
  });

  it("are so many at most; the longest unused goes first, a named snapshot never", async () => {
    await vagrant.up(spec, silent, context);
    await vagrant.snapshots?.save("vm", "half", "", context);
    const keys = Array.from({ length: most }, (_, index) => `key-${index}`);
    for (const key of keys) await checkpoints?.save("vm", key, context);
    await vagrant.up({ ...spec, from: "key-0" }, silent, context);
    await checkpoints?.save("vm", "another", context);
    expect((await checkpoints?.list(context))?.toSorted()).toEqual(
      [...keys.filter((key) => key !== "key-1"), "another"].toSorted(),
    );
    expect(await vagrant.snapshots?.restore("vm", "half", context)).toBe("");
  });

  it("went with the libvirt that was made for it", async () => {
    await vagrant.up(spec, silent, context);
    await checkpoints?.save("vm", "abc", context);
    const file = vagrantNames("vm").definition;
    const definition = JSON.parse(await readFile(file, "utf8"));
    definition.env.LIBVIRT_DEFAULT_URI = "qemu:///system?socket=/run/k8s-guide.libvirt.0/libvirt-sock";
    await writeFile(file, JSON.stringify(definition));
    expect(await checkpoints?.list(context)).toEqual([]);
  });
});
