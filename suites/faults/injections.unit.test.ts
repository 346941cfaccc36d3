import { execa } from "execa";
import { expect, test } from "vitest";
import type { Cluster } from "../cluster/index.ts";
import { SuiteMachine } from "../cluster/machine.ts";
import { AnswerTimeout } from "../cluster/waits/answer-timeout.ts";
import { stopped } from "./injections.ts";

test("a unit that does not stop is told at once, and started again", async () => {
  const asked: string[] = [];
  /** Bash of this host, whose input stays open as that of a held command does. */
  const exec = async (command: string) => {
    const script = `systemctl() { echo "$1"; [ "$1" = start ]; }\n${command}`;
    const { stdout } = await execa("bash", ["-c", script], { stdin: "pipe", reject: false, timeout: 5000 });
    asked.push(...stdout.split("\n"));
    return { exitCode: 1, stdout, stderr: "", durationMs: 1, timedOut: false };
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of it
  const connection = { exec } as unknown as ConstructorParameters<typeof SuiteMachine>[1];
  const master = new SuiteMachine(
    { name: "t71", address: "", role: "master" },
    connection,
    new AnswerTimeout(),
  );
  // oxlint-disable-next-line no-unsafe-type-assertion -- the same
  const cluster = { master, nodes: [] } as unknown as Cluster;
  const began = performance.now();
  await expect(stopped("t71", "etcd", "etcd")(cluster)).rejects.toThrow("ended before it was ready");
  expect(asked).toEqual(["stop", "start"]);
  expect(performance.now() - began).toBeLessThan(4000);
});
