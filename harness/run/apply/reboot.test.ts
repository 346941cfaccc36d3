import { expect, test } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import { apply } from "./apply.ts";
import { context, group, planOf, run, step, terminal } from "../testing.ts";

const rebooting = step("1.1/a", "t72", run("a\nreboot"), { reboots: { before: "a\n", command: "reboot" } });
const bootId = (command: string): { stdout: string } => ({
  stdout: command.includes("boot_id") ? "first\n" : "running\n",
});

test("a step that ends with a reboot ends with the machine back, in a new shell", async () => {
  const before = terminal("t72", { reboot: new InfrastructureError("t72: connection lost") }, bootId);
  const after = terminal("t72", {});
  const made = context({ t72: before });
  const asked: string[] = [];
  const returned = async (machine: string, id: string) => {
    asked.push(`${machine} ${id}`);
    made.terminals.set(machine, after);
    return after;
  };
  const plan = planOf(group(rebooting), group(step("1.1/b", "t72", run("b"))));
  await apply({ plan, ...made, returned });
  expect(asked).toEqual(["t72 first"]);
  expect([before.ran, after.ran]).toEqual([["a\n", "reboot"], ["b"]]);
  expect(made.recorder.steps).toMatchObject([{ outcome: "passed" }, { outcome: "passed" }]);
});

test("a reboot that is refused is the guide's, and nobody waits for it", async () => {
  const t72 = terminal("t72", { reboot: { exitCode: 127, stderr: "reboot: command not found" } }, bootId);
  const failure = await apply({ plan: planOf(group(rebooting)), ...context({ t72 }) }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({
    message: "1.1/a@t72: ended with exit code 127: reboot: command not found",
    details: { outputTail: expect.stringContaining("not found") },
  });
});

test("what fails before a reboot keeps the machine up", async () => {
  const t72 = terminal("t72", { "a\n": { exitCode: 1 } }, bootId);
  await expect(apply({ plan: planOf(group(rebooting)), ...context({ t72 }) })).rejects.toThrow(
    "1.1/a@t72: ended with exit code 1",
  );
  expect(t72.ran).toEqual(["a\n"]);
});

const away = async (): Promise<never> => Promise.reject(new InfrastructureError("t72 does not shut down"));

test("a machine that does not come back is infrastructure", async () => {
  const t72 = terminal("t72", {}, bootId);
  await expect(
    apply({ plan: planOf(group(rebooting)), ...context({ t72 }), returned: away }),
  ).rejects.toThrow(InfrastructureError);
});

/** A machine that answers all but one question. */
const mute = (question: string, replies: Parameters<typeof terminal>[1] = {}) =>
  terminal("t72", replies, (command) =>
    command.includes(question) ? { exitCode: 124, stdout: "", timedOut: true } : bootId(command),
  );

test("a machine that does not say which boot this is is not told to reboot, for nobody would know that it did", async () => {
  const t72 = mute("boot_id");
  await expect(
    apply({ plan: planOf(group(rebooting)), ...context({ t72 }), returned: away }),
  ).rejects.toMatchObject({ verdict: "infrastructure", message: expect.stringContaining("not answered") });
  expect(t72.ran).toEqual(["a\n"]);
});

test("a machine that says nothing while it goes down has not refused to reboot", async () => {
  const t72 = mute("is-system-running", { reboot: { exitCode: 143 } });
  await expect(
    apply({ plan: planOf(group(rebooting)), ...context({ t72 }), returned: away }),
  ).rejects.toThrow("t72 does not shut down");
});
