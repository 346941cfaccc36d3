import type { ExecResult } from "../../../machines/ssh/connection.ts";
import { group, run, step, terminal } from "../../testing.ts";

export type Shown = Readonly<Record<string, string | number>>;

export const running: Shown = {
  LoadState: "loaded",
  ActiveState: "active",
  SubState: "running",
  Result: "success",
  ExecMainStatus: 0,
  NRestarts: 0,
  ExecMainStartTimestampMonotonic: 100,
};
export const again = (NRestarts: number, changes: Shown = {}): Shown => ({
  ...running,
  NRestarts,
  ExecMainStatus: 255,
  ExecMainStartTimestampMonotonic: 100 + NRestarts,
  ...changes,
});
export const failed = again(5, { ActiveState: "failed", SubState: "failed", Result: "exit-code" });

/** A kubelet's journal with a flag that it does not know: its word, what Go adds, and what systemd says of it. */
export const journal = `Nov 28 17:00:01.100000 t72 kubelet[41]: F1128 17:00:01.099 41 server.go:155] unknown flag: --no-such-flag
Nov 28 17:00:01.100050 t72 kubelet[41]:       --runtime-request-timeout duration   Timeout of all requests; if that fails, an error
Nov 28 17:00:01.100100 t72 kubelet[41]: goroutine 1 [running]:
Nov 28 17:00:01.200000 t72 systemd[1]: kubelet.service: Main process exited, code=exited, status=255/EXCEPTION
Nov 28 17:00:01.200100 t72 systemd[1]: kubelet.service: Failed with result 'exit-code'.
`;

/** A machine whose kubelet is seen in these states, one a look; the last stays. It answers only what is asked. */
export function node(
  states: readonly Shown[],
  replies: Parameters<typeof terminal>[1] = {},
  /** Units that are up whatever becomes of the others. */
  fine: readonly string[] = [],
  machine = "t72",
  said = journal,
) {
  const left = [...states];
  const asked: string[] = [];
  const answer = (command: string): Partial<ExecResult> => {
    if (command.includes("*.service")) return { stdout: "" };
    asked.push(command);
    if (command.includes("journalctl")) return { stdout: said };
    const state = (left.length > 1 ? left.shift() : left[0]) ?? running;
    const units = command.trim().split(" ").slice(3);
    const blocks = units.map((unit) =>
      Object.entries(fine.includes(unit) ? running : state).map(([name, value]) => `${name}=${value}\n`),
    );
    return { stdout: blocks.map((lines) => lines.join("")).join("\n") };
  };
  return { ...terminal(machine, replies, answer), asked };
}

export const start = "systemctl daemon-reload\nsystemctl start kubelet\nsystemctl enable kubelet";
export const started = group(
  step("3.2.9/start-kubelet", "t72", run(start), { location: { file: "guide.md", line: 789 } }),
);
export const empty = { expect: { text: "192.168.4.72 Ready", location: { file: "guide.md", line: 984 } } };
export const nodes = group(step("4.2.6/show-nodes", "t72", run("kubectl get nodes"), empty));
