import { describe, expect, test } from "vitest";
import { InfrastructureError, Interrupted } from "../errors.ts";
import { Deadlines } from "../deadlines.ts";
import { testContext } from "../testing.ts";
import { host, hostContained } from "./exec.ts";

const reason = new Interrupted("Interrupted by SIGTERM");

const commands: readonly (readonly [string, (context: ReturnType<typeof testContext>) => Promise<string>])[] =
  [
    ["a command", (context) => host("sleep", ["100"], context)],
    ["a script whose own commands hold its output", (context) => host("sh", ["-c", "sleep 100; :"], context)],
  ];
// It takes root to make namespaces.
const contained: typeof commands =
  process.getuid?.() === 0
    ? [["a contained script", (context) => hostContained(["-c", "sleep 100; :"], context)]]
    : [];

describe.each([...commands, ...contained])("on the host, %s", (_name, run) => {
  test("ends at an abort with its reason, and does not begin after it", async () => {
    const controller = new AbortController();
    const context = testContext({ signal: controller.signal });
    const running = run(context);
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(run(context)).rejects.toBe(reason);
  });

  test("ends at its limit", async () => {
    const running = run(testContext({ deadlines: new Deadlines(1, { host: 300 }) }));
    await expect(running).rejects.toThrow(InfrastructureError);
    await expect(running).rejects.toThrow("did not end within 0.3 s on the host");
  });
});

test("a limit of its own is what counts", async () => {
  const context = testContext({ deadlines: new Deadlines(1, { build: 100 }) });
  await expect(host("sleep", ["100"], context, { limit: "build" })).rejects.toMatchObject({
    message: expect.stringContaining("did not end within 0.1 s on the host"),
    details: { command: "sleep 100" },
  });
});
