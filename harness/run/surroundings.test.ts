import { expect, test, vi } from "vitest";
import { Deadlines } from "../deadlines.ts";
import { GuideFailure, InfrastructureError, UsageError } from "../errors.ts";
import { hostLoad } from "../host-load.ts";
import type { MachineSpec } from "../machines/machine.ts";
import { Surroundings } from "./surroundings.ts";
import { terminal } from "./testing.ts";

vi.mock(import("../host-load.ts"), async (original) => ({
  ...(await original()),
  hostLoad: vi.fn<typeof hostLoad>(() => ({ cores: 2, load: 1, runnable: 1, stalled: {} })),
}));

const machines: readonly MachineSpec[] = [
  { name: "t71", address: "192.168.4.71", role: "master" },
  { name: "t72", address: "192.168.4.72", role: "node" },
];
const context = { signal: new AbortController().signal, deadlines: new Deadlines() };
const before = "boot 4f8a\noom_kill 3\ncarrier 1\n";
const fine = "load 2 0.65 1.25 1.05 3/99 13725\ndisk 8388608 /\n";

/** t71 as it answers before and after; an error is a machine that does not answer any more. */
async function around(after: string | Error): Promise<Surroundings> {
  const answers = [before, after];
  const { connection } = terminal("t71", {}, () => {
    const answer = answers.shift() ?? "";
    if (answer instanceof Error) throw answer;
    return { stdout: answer };
  });
  return Surroundings.of([connection], machines, context);
}

const failure = new GuideFailure("1.1/a@t71: ended with exit code 1", { exitCode: 1, step: "1.1/a@t71" });

test("where nothing has changed and all is reached, a failure stays the guide's", async () => {
  const surroundings = await around(before + fine);
  expect(await surroundings.judged(failure)).toBe(failure);
});

test("what a machine does not say is nothing against it", async () => {
  const late = new GuideFailure("1.1/a@t71: printed nothing for 300 s", { late: true });
  expect(await (await around(before)).judged(late)).toBe(late);
});

test.for([
  [before.replace("4f8a", "77b0") + fine, "t71 was booted anew meanwhile"],
  [
    before.replace("oom_kill 3", "oom_kill 5") + fine,
    "the kernel of t71 killed 2 processes for want of memory",
  ],
  [before.replace("carrier 1", "carrier 3") + fine, "the network link of t71 went down or up 2 times"],
  [`${before}${fine}disk 12 /var/lib/docker\n`, "/var/lib/docker of t71 has 0 MiB left"],
  [`${before}${fine}unreached 192.168.4.72\n`, "t71 does not reach t72"],
] as const)("a machine that says %j explains the failure", async ([answer, reason]) => {
  const judged = await (await around(answer)).judged(failure);
  expect(judged).toMatchObject({
    verdict: "infrastructure",
    message: `${failure.message}; ${reason}`,
    details: { exitCode: 1, step: "1.1/a@t71" },
    cause: failure,
  });
});

test("a machine that does not answer explains it, too", async () => {
  const judged = await (await around(new InfrastructureError("t71: connection lost"))).judged(failure);
  expect(judged.message).toContain("t71 does not answer: t71: connection lost");
});

test("what is not the guide's fault is not looked into", async () => {
  const other = new UsageError("no such step");
  expect(await (await around(new Error("asked"))).judged(other)).toBe(other);
});
