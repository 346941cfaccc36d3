import { execa } from "execa";
import type { Connection, ExecResult } from "../../harness/cluster.ts";
import { terminal } from "../../harness/run/testing.ts";
import { SuiteMachine } from "./machine.ts";
import { AnswerTimeout } from "./waits/answer-timeout.ts";

/** For tests: a node that answers commands with `answer`, and with what a shell of this host says where that has nothing. */
export function machineOf(answer: (command: string) => Partial<ExecResult> | undefined): SuiteMachine {
  const { connection } = terminal("node", {});
  const exec: Connection["exec"] = async (command, options) => {
    const none = { exitCode: 0, stdout: "", stderr: "", durationMs: 1, timedOut: false };
    const given = answer(command);
    if (given) {
      options?.onOutput?.({ stream: "stderr", text: given.stderr ?? "" });
      return { ...none, ...given };
    }
    const { exitCode = 255, stdout, stderr } = await execa("bash", ["-c", command], { reject: false });
    return { ...none, exitCode, stdout, stderr };
  };
  const spec = { name: "node", address: "192.0.2.2", role: "node" } as const;
  return new SuiteMachine(spec, { ...connection, exec }, new AnswerTimeout());
}
