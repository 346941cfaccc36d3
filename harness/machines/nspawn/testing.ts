import { testContext } from "../../testing.ts";
import type { ClusterSpec, RunningMachine } from "../machine.ts";
import { connect } from "../ssh/connect.ts";

/** The guide's machines, for tests with real ones. `artifacts` is a host folder. */
export const testSpec = (id: string, artifacts: string): ClusterSpec => ({
  id,
  kubernetes: "1.20.2",
  artifacts,
  needs: {},
  online: false,
  machines: [
    { name: "t71", address: "192.168.4.71", role: "master" },
    { name: "t72", address: "192.168.4.72", role: "node" },
    { name: "t76", address: "192.168.4.76", role: "node" },
  ],
});

/** What a command of a machine prints to both outputs, and its exit code. */
export async function ask(
  { endpoint }: RunningMachine,
  command: string,
): Promise<{ readonly said: string; readonly exitCode: number }> {
  const context = testContext();
  await using connection = await connect(endpoint, context);
  const { exitCode, stdout, stderr } = await connection.exec(command, {
    deadline: context.deadlines.for("help"),
  });
  return { said: `${stdout}${stderr}`.trim(), exitCode };
}
