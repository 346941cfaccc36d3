import { execa } from "execa";
import { afterEach, expect, test } from "vitest";
import { staying } from "../../faults/recorded.ts";
import { useStateFolder } from "../../faults/run-with-fault.ts";
import { FaultTestbed, longTimeout } from "../../faults/world.ts";
import { loadClusterState } from "../../run/cluster/state.ts";
import { lineOf, shellCommand } from "./shell.ts";

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

/** What the line of a command comes to in a shell. */
const ended = async (...words: string[]) => {
  const { exitCode, stdout } = await execa("bash", ["-c", lineOf(words)], { reject: false });
  return [exitCode, stdout];
};

test("a command's arguments are on the machine as they were given; a single word is a line for its shell", async () => {
  expect(await ended("sh", "-c", "exit 7")).toEqual([7, ""]);
  expect(await ended("printf", "<%s>", "a  b", "$HOME", "it's", "*")).toEqual([0, "<a  b><$HOME><it's><*>"]);
  expect(await ended("printf a | tr a b; exit 3")).toEqual([3, "b"]);
  expect(lineOf(["sh", "-c", "exit 7"])).toBe("'sh' '-c' 'exit 7'");
  expect(lineOf(["echo", "a  b", "$HOME", "it's"])).toBe("'echo' 'a  b' '$HOME' 'it'\\''s'");
  expect(lineOf(["cd /k8s && ls | wc -l"])).toBe("cd /k8s && ls | wc -l");
});
