import { expect, test } from "vitest";
import { InfrastructureError, Interrupted } from "../../errors.ts";
import { ShortDeadlines, testContext } from "../../testing.ts";
import { host } from "./host.ts";

const reason = new Interrupted("Interrupted by SIGTERM");

test("a command on the host ends at an abort with its reason, and none begins after it", async () => {
  const controller = new AbortController();
  const context = testContext({ signal: controller.signal });
  const running = host("sleep", ["100"], context);
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
  await expect(host("true", [], context)).rejects.toBe(reason);
});

test("a command on the host ends at its limit, and the error has the command", async () => {
  const context = testContext({ deadlines: new ShortDeadlines({ host: 100, build: 200 }) });
  const failure = await host("sleep", ["100"], context).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InfrastructureError);
  expect(failure).toMatchObject({ details: { command: "sleep 100" } });
  expect(failure).toHaveProperty("message", expect.stringContaining("timed out after 100 milliseconds"));
  await expect(host("sleep", ["100"], context, { limit: "build" })).rejects.toThrow("after 200 milliseconds");
});
