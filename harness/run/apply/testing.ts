import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { buildPlan } from "../../guide/plan/plan.ts";
import { nspawn } from "../../machines/nspawn/provider.ts";
import { exec, machineOf, testSpec } from "../../machines/nspawn/testing.ts";
import { giveProfile } from "../../profile/testing.ts";
import { silent } from "../../progress.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { testContext, temporaryFolder } from "../../testing.ts";
import { RunCluster } from "../cluster/run-cluster.ts";
import { forgetClusterState, saveClusterState } from "../cluster/state.ts";
import { context as contextOf } from "../testing.ts";
import { applyGuide } from "./apply-guide.ts";

/** For tests with a new t71 each: what steps printed, or failed with. The first fence begins in line 4; `factor` shortens limits. */
export function guideOnMachine(id: string, packages?: () => string) {
  const context = testContext();
  const machines = testSpec(id, "").machines.slice(0, 1);
  const folder = temporaryFolder();
  const guideFile = join(folder, "guide/guide.md");

  beforeEach(async () => {
    await nspawn.prepare(silent, context);
    await nspawn.down(id, silent, context);
    const cluster = await nspawn.up({ ...testSpec(id, folder, packages?.()), machines }, silent, context);
    // A firewall that is stopped while it starts keeps a reboot waiting for a minute and a half.
    await exec(machineOf(cluster, "t71"), "systemctl is-system-running --wait");
  });
  afterEach(async () => {
    await nspawn.down(id, silent, context);
    await forgetClusterState(id);
  });

  return async (fences: readonly string[], factor = 1): Promise<unknown> => {
    await mkdir(join(folder, "guide"), { recursive: true });
    await giveProfile(join(folder, "guide"));
    await writeFile(guideFile, `# G\n## 1 A\n\n${fences.join("\n\n")}\n`);
    const plan = await buildPlan({ guideFile, ports: [], errata: [], extraEdits: [] });
    const settings = { ...defaultSettings, cluster: id, provider: "nspawn", guide: guideFile };
    const versions = { kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.14.0" };
    const state = {
      id,
      settings,
      versions,
      ports: [],
      machines: [...machines],
      images: "",
      kept: false,
      places: {},
    };
    await saveClusterState({ ...state, applied: undefined });
    const { recorder } = contextOf({});
    const cluster = new RunCluster(settings, recorder, context);
    const bound = { ...context, deadlines: new Deadlines(factor) };
    const run = { settings, recorder, context: bound, machines: cluster };
    try {
      await applyGuide(run, plan, plan, {});
      return recorder.steps.map(({ output }) => output.trim());
    } catch (failure) {
      return failure;
    } finally {
      await cluster.end("never", false, context);
    }
  };
}
