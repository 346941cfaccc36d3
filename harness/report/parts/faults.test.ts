import { expect, test } from "vitest";
import { sampleTest } from "../sample.ts";
import { faultRows } from "./faults.ts";

const fault = {
  name: "etcd of t71 stopped for 60 s",
  undone: 60.4,
  wentOn: ["pods of t72 answer on it", "Services answer pods of t72"],
  broke: [
    { what: "API reads", from: 0.3, until: 61.2 },
    { what: "API writes", from: 0.5, until: 60.9 },
  ],
};
const rowsOf = (...faults: (typeof fault)[]) =>
  faultRows({ tests: [sampleTest(), ...faults.map((one) => sampleTest({ fault: one }))] });

test("a fault has a row: what went on, what broke, and how long it took", () => {
  expect(rowsOf(fault)).toEqual([
    {
      name: "etcd of t71 stopped for 60 s",
      wentOn: "pods of t72 answer on it, Services answer pods of t72",
      broke: ["API reads: 0.3 s to 61.2 s", "API writes: 0.5 s to 60.9 s"],
      noticed: "0.3 s",
      undone: "60.4 s",
      back: "0.8 s",
      outcome: "passed",
    },
  ]);
});

test("what nobody noticed took no time, and what did not come back has none", () => {
  expect(rowsOf({ ...fault, broke: [] })).toMatchObject([{ noticed: "never", back: "0.0 s" }]);
  const { until: _, ...open } = fault.broke[0]!;
  expect(faultRows({ tests: [sampleTest({ fault: { ...fault, broke: [open] } })] })).toMatchObject([
    { broke: ["API reads: 0.3 s to the end"], back: "not all" },
  ]);
});

test("what was right for a while and broke anew has both times", () => {
  const broke = [{ what: "API reads", from: 1, mended: 44, until: 70.5 }];
  expect(faultRows({ tests: [sampleTest({ fault: { ...fault, broke } })] })).toMatchObject([
    { broke: ["API reads: 1.0 s to 44.0 s, and again until 70.5 s"] },
  ]);
});

test("what was right again before the fault was undone took no further time", () => {
  expect(rowsOf({ ...fault, broke: [{ what: "API reads", from: 1, until: 45 }] })).toMatchObject([
    { back: "0.0 s" },
  ]);
});
