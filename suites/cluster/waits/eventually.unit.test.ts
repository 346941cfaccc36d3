import { expect, test, vi } from "vitest";
import { GuideFailure, UsageError } from "../engine.ts";
import { eventually } from "./eventually.ts";

const soon = { describe: "the count is 3", deadline: 200, interval: 5 };

test("what is seen last is returned once it meets the condition", async () => {
  let count = 0;
  const seen = await eventually(async () => (count += 1), { ...soon, until: (value) => value === 3 });
  expect([seen, count]).toEqual([3, 3]);
});

test("the deadline's message says what was waited for and what was seen last", async () => {
  const wait = eventually(async () => ({ count: 2 }), { ...soon, until: ({ count }) => count === 3 });
  await expect(wait).rejects.toThrow(
    /^the count is 3: not within 0\.2 s \(asked \d+ times in 0\.\d s\); last seen: {"count":2}$/,
  );
});

test("one question that outlasts the deadline is not the only one", async () => {
  let [looks, now] = [0, 0];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const slow = async (): Promise<number> => {
    looks += 1;
    now += 41_000;
    return looks;
  };
  const seen = await eventually(slow, { ...soon, deadline: 30_000, until: (value) => value === 2 });
  vi.restoreAllMocks();
  expect(seen).toBe(2);
});

test("what does not come in time says how long it was waited for", async () => {
  const wait = eventually(async () => 2, { ...soon, deadline: 10, until: (value) => value === 3 });
  await expect(wait).rejects.toMatchObject({ verdict: "guide", details: { late: expect.any(Number) } });
});

test("a failing command is an observation, and its details are kept", async () => {
  const failure = new GuideFailure("t71: exited with 1", { machine: "t71", exitCode: 1 });
  await expect(
    eventually(() => Promise.reject(failure), { ...soon, until: () => true }),
  ).rejects.toMatchObject({
    message: expect.stringContaining("last seen: t71: exited with 1"),
    details: { machine: "t71", exitCode: 1 },
  });
});

test("what does not blame the guide ends the wait at once", async () => {
  let looks = 0;
  const look = async (): Promise<number> => {
    looks += 1;
    throw new UsageError("there is no t99");
  };
  await expect(eventually(look, { ...soon, until: () => true })).rejects.toThrow("there is no t99");
  expect(looks).toBe(1);
});

test("it is over sooner when nothing changes, and not while something does", async () => {
  let count = 0;
  const still = eventually(async () => 2, { ...soon, deadline: 60_000, stall: 50, until: () => false });
  await expect(still).rejects.toThrow(
    /^the count is 3: no change for 0\.05 s \(asked \d+ times in [\d.]+ s\); last seen: 2$/,
  );
  const counting = async (): Promise<number> => (count += 1);
  expect(
    await eventually(counting, {
      ...soon,
      deadline: 60_000,
      stall: 60,
      interval: 20,
      until: (value) => value === 8,
    }),
  ).toBe(8);
});
