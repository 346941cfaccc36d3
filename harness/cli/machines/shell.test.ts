import { afterEach, expect, test } from "vitest";
import { staying } from "../../faults/recorded.ts";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { FaultTestbed, longTimeout } from "../../faults/world.ts";
import { loadClusterState } from "../../run/cluster/state.ts";
import { shellCommand } from "./shell.ts";

useStateFolder();
const id = "shell-test";
afterEach(() => void (process.exitCode = 0));

test(
  "that somebody was at a shell is known of the cluster: where and when, not what for",
  longTimeout,
  async () => {
    await using world = await FaultTestbed.make(staying);
    await world.run({ cluster: id }, async (run) => run.up(await run.prepare()), "always");
    const before = new Date().toISOString();
    await shellCommand().parseAsync([
      "node",
      "shell",
      "t72",
      "--cluster",
      id,
      "--",
      "systemctl",
      "stop",
      "app",
    ]);
    const state = await loadClusterState(id);
    expect(Object.keys(state?.shells ?? {})).toEqual(["t72"]);
    expect((state?.shells?.["t72"] ?? "") >= before).toBe(true);
    expect(JSON.stringify(state?.shells)).not.toContain("app");
  },
);
