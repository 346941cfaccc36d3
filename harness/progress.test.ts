import { expect, test, vi } from "vitest";
import { type Progress, roughly, share, silent, spoken, timed, watched } from "./progress.ts";

test("timed work says at any time how far it is", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const seen: string[] = [];
  const progress: Progress = {
    ...silent,
    watch(far, work) {
      for (const seconds of [65, 65, 65]) {
        vi.advanceTimersByTime(seconds * 1000);
        seen.push(far());
      }
      return work();
    },
  };
  await timed({ name: "tool", expected: 130, now: () => "net/http" }, progress, async () => undefined);
  await timed({ name: "tool" }, progress, async () => undefined);
  vi.useRealTimers();
  expect(seen).toEqual([
    "tool: 1 min 5 s of about 2 min, 50 %; net/http",
    "tool: 2 min 10 s of about 2 min, 100 %; net/http",
    "tool: 3 min 15 s, longer than the expected 2 min; net/http",
    "tool: 1 min 5 s",
    "tool: 2 min 10 s",
    "tool: 3 min 15 s",
  ]);
});

test("watched work is told every second, and that it is over", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const told: (string | undefined)[] = [];
  const work = Promise.withResolvers<string>();
  let parts = 0;
  const watching = watched(
    () => `${++parts} of 3`,
    () => work.promise,
    (text) => told.push(text),
  );
  vi.advanceTimersByTime(2500);
  work.resolve("done");
  expect(await watching).toBe("done");
  vi.advanceTimersByTime(5000);
  vi.useRealTimers();
  expect(told).toEqual(["1 of 3", "2 of 3", undefined]);
});

test.each([
  [0.4, "0 s"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [185, "3 min 5 s"],
])("%d seconds are %s", (seconds, words) => expect(spoken(seconds)).toBe(words));

test.each([
  [0, "5 s"],
  [41, "45 s"],
  [90, "2 min"],
  [3570, "1 h 0 min"],
  [7100, "2 h 0 min"],
  [7800, "2 h 10 min"],
])("%d seconds are roughly %s", (seconds, words) => expect(roughly(seconds)).toBe(words));

test.each([
  [0, 2, "0 %, about 5 s left"],
  [70, 0, "100 %"],
  [30, 90, "25 %, about 2 min left"],
])("%d s done and %d s left", (done, left, words) => expect(share(done, left)).toBe(words));
