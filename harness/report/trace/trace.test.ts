import * as fc from "fast-check";
import { expect, test } from "vitest";
import { sampleRecord, sampleStep } from "../sample.ts";
import { lanes } from "./slices.ts";
import { chromeTrace } from "./trace.ts";

type Event = {
  ph: string;
  name: string;
  tid: number;
  ts?: number;
  dur?: number;
  cat?: string;
  args: Record<string, unknown>;
};

const eventsOf = (...args: Parameters<typeof chromeTrace>): Event[] =>
  JSON.parse(JSON.stringify(chromeTrace(...args).traceEvents));

test("one thread a track: harness, machines, suites; times in microseconds", () => {
  const events = eventsOf(
    sampleRecord({
      steps: [sampleStep({ key: "3.1/a@t76", id: "3.1/a", machine: "t76" }), sampleStep()],
      spans: [
        { name: "vitest", track: "suites", startMs: 4000, durationMs: 2000 },
        { name: "apply", track: "harness", startMs: 900, durationMs: 3000.25 },
        { name: "2.4.4/start-etcd", track: "t71", startMs: 1000, durationMs: 1234.5 },
        { name: "load images", track: "t76 ahead", startMs: 1000, durationMs: 10 },
      ],
    }),
  );
  const threads = events.filter(({ name }) => name === "thread_name").map(({ args }) => args["name"]);
  expect(threads).toEqual(["harness", "t71", "t76", "t76 ahead", "suites"]);
  const bars = events.filter(({ ph }) => ph === "X");
  expect(bars.map(({ tid, cat, name }) => [threads[tid - 1], cat, name])).toEqual([
    ["harness", "span", "apply"],
    ["t71", "step", "2.4.4/start-etcd"],
    ["t76", "step", "3.1/a"],
    ["t76 ahead", "span", "load images"],
    ["suites", "span", "vitest"],
    ["suites", "test", "etcd health: a key survives a restart"],
  ]);
  expect(bars[0]).toMatchObject({ ts: 900_000, dur: 3_000_250 });
  expect(bars[1]?.args).toEqual({ outcome: "passed", exitCode: 0, guide: "/guides/guide.md:261:1" });
  expect(bars[5]?.args).toEqual({ outcome: "passed", sections: "2.4.4", member: "ac829673d2b22824" });
});

test("work that overlaps on one track gets a second thread", () => {
  const events = eventsOf(
    sampleRecord({
      steps: [],
      tests: [],
      spans: [
        { name: "artifacts", track: "harness", startMs: 0, durationMs: 10 },
        { name: "machine image", track: "harness", startMs: 5, durationMs: 10 },
      ],
    }),
  );
  expect(events.filter(({ name }) => name === "thread_name").map(({ args }) => args["name"])).toEqual([
    "harness",
    "harness (2)",
  ]);
});

test("in a lane each slice contains or follows its neighbours, and none is lost", () => {
  const slice = fc.record({ startMs: fc.nat(50), durationMs: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(slice, { maxLength: 30 }), (slices) => {
      const all = lanes(slices);
      expect(all.flat()).toHaveLength(slices.length);
      for (const lane of all) {
        for (const [index, a] of lane.entries()) {
          for (const b of lane.slice(index + 1)) {
            const apart = b.startMs >= a.startMs + a.durationMs;
            const inside = b.startMs >= a.startMs && b.startMs + b.durationMs <= a.startMs + a.durationMs;
            expect(apart || inside).toBe(true);
          }
        }
      }
    }),
  );
});

test("a run in which nothing happened has a trace", () => {
  expect(eventsOf(sampleRecord({ steps: [], tests: [], spans: [] }))).toHaveLength(1);
});
