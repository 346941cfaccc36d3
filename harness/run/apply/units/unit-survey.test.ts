import { expect, test } from "vitest";
import type { StepGroup } from "../../../guide/types.ts";
import type { ExecResult } from "../../../machines/ssh/connection.ts";
import { context, file, group, planOf, run, step, terminal } from "../../testing.ts";
import { apply } from "../apply.ts";
import { failed, journal, nodes, type Shown, started } from "./testing.ts";

/** A service as a look at all of them shows it. */
const service = (unit: string, ActiveState: string, begun: number): string =>
  `Id=${unit}.service\nActiveState=${ActiveState}\nInactiveExitTimestampMonotonic=${begun}\n`;

/** A machine with these services before the first block, and after the last one, when those that are looked after are in a state. */
function surveyed(before: readonly string[], after: readonly string[], state: Shown, machine = "t72") {
  const surveys = [before, after].map((services) => services.join("\n"));
  const answer = (command: string): Partial<ExecResult> => {
    if (command.includes("*.service")) return { stdout: surveys.shift() ?? "" };
    if (command.includes("journalctl")) return { stdout: journal };
    const units = command.trim().split(" ").slice(3);
    const lines = Object.entries(state).map(([name, value]) => `${name}=${value}\n`);
    return { stdout: units.map(() => lines.join("")).join("\n") };
  };
  return terminal(machine, {}, answer);
}

const unitFile = group(step("3.2.8/unit", "t72", file("/usr/lib/systemd/system/kubelet.service")));
const other = (script: string, more = {}): StepGroup => group(step("3.2.9/all", "t72", run(script), more));

test.for<[string, StepGroup[], string]>([
  [
    "a loop over words that nobody knows",
    [unitFile, other("for u in $(list); do systemctl start $u; done")],
    "3.2.8/unit",
  ],
  ["a script that is run", [other("cat >kubelet.service <a; sh start.sh")], "3.2.9/all"],
  ["a function", [unitFile, other('up() { systemctl start "$1"; }; up kubelet')], "3.2.9/all"],
])("a unit that died is not passed over where it was started by %s", async ([, groups, owner]) => {
  const t72 = surveyed([service("kubelet", "inactive", 0)], [service("kubelet", "failed", 7)], failed);
  const made = context({ t72 });
  await expect(apply({ plan: planOf(...groups), ...made })).rejects.toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(`^${owner}@t72: kubelet did not stay up: failed, result exit-code`),
    details: { machine: "t72", step: `${owner}@t72` },
  });
});

const far = (script: string): StepGroup => group(step("3.2.9/far", "t71", run(script)));

test("a unit on another machine is that of the step that says so there, or logs in there", async () => {
  const kubelet = [service("kubelet", "failed", 7)];
  for (const there of [far("systemctl -H t72 start kubelet"), far("ssh t72 systemctl start kubelet")]) {
    const made = context({ t71: terminal("t71", {}), t72: surveyed([], kubelet, failed) });
    await expect(apply({ plan: planOf(there), ...made })).rejects.toMatchObject({
      message: expect.stringMatching(/^3.2.9\/far@t71: kubelet did not stay up/),
      details: { machine: "t72" },
    });
  }
});

test.for<[string, StepGroup[], string[]]>([
  ["had failed before the guide began", [unitFile], [service("kubelet", "failed", 7)]],
  ["the guide has nothing to do with", [other("systemctl start $u; ls kubelet-data my-kubelet")], []],
  ["the guide stopped since", [unitFile, other("systemctl stop kubelet")], []],
])("a unit that %s is not the guide's affair", async ([, groups, before]) => {
  const t72 = surveyed(before, [service("kubelet", "failed", 7)], failed);
  await expect(apply({ plan: planOf(...groups), ...context({ t72 }) })).resolves.toBeUndefined();
});

test("a unit that was down before the run counts if it was started anew, and not if systemd does so all along", async () => {
  const plan = planOf(started, other("systemctl start $(list)"));
  const restarted = surveyed([service("kubelet", "failed", 7)], [service("kubelet", "failed", 9)], failed);
  await expect(apply({ plan, ...context({ t72: restarted }), after: "3.2.9/start-kubelet" })).rejects.toThrow(
    /^3.2.9\/start-kubelet@t72: kubelet did not stay up/,
  );
  for (const now of ["activating", "failed"]) {
    const looping = surveyed([service("kubelet", "activating", 7)], [service("kubelet", now, 9)], failed);
    await apply({ plan, ...context({ t72: looping }), after: "3.2.9/start-kubelet" });
  }
});

test("an earlier unit that nobody could read is the cause of a later failure", async () => {
  const t72 = surveyed([], [service("kubelet", "failed", 7)], failed);
  const plan = planOf(unitFile, other("systemctl start $(list)"), nodes);
  await expect(apply({ plan, ...context({ t72 }) })).rejects.toThrow(/^3.2.8\/unit@t72: kubelet did not/);
});

test("a machine that does not say what its units are like leaves nothing proved", async () => {
  const t72 = terminal("t72", {}, () => ({ stdout: "", timedOut: true }));
  await expect(apply({ plan: planOf(unitFile), ...context({ t72 }) })).rejects.toMatchObject({
    verdict: "infrastructure",
    message: "t72: systemctl did not say what the services are like",
  });
});

test("a machine whose systemd does not answer is not taken for one on which nothing has failed", async () => {
  const surveys: Partial<ExecResult>[] = [
    { stdout: service("kubelet", "inactive", 0) },
    { exitCode: 1, stderr: "Failed to connect to bus" },
  ];
  const t72 = terminal("t72", {}, (command) =>
    command.includes("*.service") ? (surveys.shift() ?? {}) : {},
  );
  await expect(apply({ plan: planOf(unitFile), ...context({ t72 }) })).rejects.toMatchObject({
    verdict: "infrastructure",
    message: "t72: systemctl did not say what the services are like",
    details: { outputTail: "Failed to connect to bus" },
  });
});
