import { expect, test } from "vitest";
import { bounded, LeftBehind, limited } from "./bounded.ts";
import { Deadlines } from "../deadlines.ts";
import { testContext } from "../testing.ts";

const deadlines = new Deadlines(1, { windDown: 30 });
const never = (): Promise<never> => new Promise(() => undefined);

test("work gives what it gives, or fails as it fails", async () => {
  const context = testContext({ deadlines });
  await expect(bounded("Work", context, async () => 7)).resolves.toBe(7);
  await expect(bounded("Work", context, async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("work that heeds its signal ends with the reason", async () => {
  using context = limited("Work", 10, deadlines);
  const work = bounded("Work", context, async () => {
    await new Promise((aborted) => context.signal.addEventListener("abort", aborted));
    throw context.signal.reason;
  });
  await expect(work).rejects.toMatchObject({
    verdict: "infrastructure",
    message: "Work did not end within 0.01 s",
  });
});

test("work that does not is left behind a while after it was to end, and told as a defect", async () => {
  using context = limited("Work", 10, deadlines);
  const work = bounded("Work", context, never);
  await expect(work).rejects.toBeInstanceOf(LeftBehind);
  await expect(work).rejects.toMatchObject({
    message: "Work went on for 0.03 s after its end was requested",
  });
});

test("a signal that was raised before counts, too", async () => {
  const signal = AbortSignal.abort(new Error("over"));
  await expect(bounded("Work", { signal, deadlines }, never)).rejects.toBeInstanceOf(LeftBehind);
});
