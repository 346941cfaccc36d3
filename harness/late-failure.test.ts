import { expect, test, vi } from "vitest";
import { hostLoad } from "./host-load.ts";
import { lateFailure } from "./late-failure.ts";

vi.mock(import("./host-load.ts"), async (original) => ({
  ...(await original()),
  hostLoad: vi.fn<typeof hostLoad>(),
}));
const idle = { cores: 2, load: 4.8, runnable: 5, stalled: { cpu: 95, memory: 0, io: 12 } };

test("on a host that has time, the guide is late", () => {
  vi.mocked(hostLoad).mockReturnValue(idle);
  expect(lateFailure("not Ready within 60 s", { machine: "t71" })).toMatchObject({
    verdict: "guide",
    message: "not Ready within 60 s",
    details: { machine: "t71", late: true },
  });
});

test.for([
  [{ load: 31.5 }, "this host was starved: load 31.5, 5 processes ready to run, 2 cores"],
  // The mean of the last minute lags behind.
  [{ runnable: 14 }, "this host was starved: load 4.8, 14 processes ready to run, 2 cores"],
  [{ stalled: { memory: 61 } }, "this host was out of memory: all work stood still 61 % of the last minute"],
  [
    { stalled: { io: 88 } },
    "the disk of this host was overloaded: all work stood still 88 % of the last minute",
  ],
] as const)("on a host that is starved nobody can tell: %j", ([load, why]) => {
  vi.mocked(hostLoad).mockReturnValue({ ...idle, ...load });
  expect(lateFailure("not Ready within 60 s", {})).toMatchObject({
    verdict: "infrastructure",
    message: `not Ready within 60 s; ${why}`,
  });
});
