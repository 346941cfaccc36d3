import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  describeLoad,
  type HostLoad,
  loadBetween,
  type LoadSample,
  parsePressure,
  sampleLoad,
  slowness,
  starvation,
} from "./load.ts";
import { loadSample, temporaryFolder } from "../testing.ts";

const busy: HostLoad = {
  cores: 2,
  load: 5.8,
  runnable: 5,
  stalled: { cpu: 95, memory: 0, io: 12 },
  stolen: 0,
  seconds: 60,
};

test("a host that is as busy as a whole run makes it has time", () => {
  expect(starvation(busy)).toBeUndefined();
});

test.for<[Partial<HostLoad>, string]>([
  [
    { load: 27.5, runnable: 26, stalled: { cpu: 100 } },
    "this host was starved: load 27.5, 26 processes ready to run, 2 cores, work waited for a processor 100 % of 60 s",
  ],
  // The mean of the last minute lags behind.
  [
    { runnable: 14, seconds: 10 },
    "this host was starved: load 5.8, 14 processes ready to run, 2 cores, work waited for a processor 95 % of 10 s",
  ],
  [{ load: 31.5, stalled: {} }, "this host was starved: load 31.5, 5 processes ready to run, 2 cores"],
  [{ stolen: 44 }, "this host was starved: its hypervisor gave 44 % of 60 s of its processors to others"],
  [
    { throttled: 50 },
    "this host was starved: a quota of its control group took 50 % of 60 s of its processors",
  ],
  [{ stalled: { memory: 61 } }, "this host was out of memory: all work was stalled 61 % of 60 s"],
  [{ stalled: { io: 88 } }, "the disk of this host was overloaded: all work was stalled 88 % of 60 s"],
])("on a host that is starved nobody can tell: %j", ([load, why]) => {
  expect(starvation({ ...busy, ...load })).toBe(why);
});

test("many processes that do not wait for a processor starve nobody: the load is that of an earlier minute", () => {
  expect(starvation({ ...busy, load: 27, stalled: { cpu: 20 } })).toBeUndefined();
});

test("work of others that waits for what a run has starves it not, and a run that waits itself has no time", () => {
  const crowd = { ...busy, load: 31, runnable: 29, stalled: { cpu: 100 } };
  expect(starvation({ ...crowd, own: 32 })).toBeUndefined();
  expect(slowness({ ...crowd, own: 20 }, "t71")).toBeUndefined();
  expect(slowness({ ...crowd, own: 32 }, "t71")).toContain(
    "the run's own work waited for a processor 32 % of 60 s",
  );
  expect(starvation({ ...crowd, own: 81 })).toBe(
    "this host was starved: load 31, 29 processes ready to run, 2 cores, the run's own work waited for a processor 81 % of 60 s",
  );
  expect(starvation({ ...busy, own: 81 })).toBeUndefined();
});

const own = (first: Partial<LoadSample>, last: Partial<LoadSample>): number | undefined =>
  loadBetween([loadSample(first), loadSample({ at: 1000, ...last })]).own;

test("a run's own work waits as long as its machines or its process do, whichever waits longer", () => {
  expect(own({ delayed: 50, machines: 100 }, { delayed: 100, machines: 700 })).toBe(60);
  expect(own({ delayed: 50, machines: 100 }, { delayed: 850, machines: 700 })).toBe(80);
  expect(own({}, { machines: 300 })).toBe(30);
  expect(own({ delayed: 50 }, { delayed: 850 })).toBeUndefined();
});

test("how long machines waited is read from their control group", () => {
  const file = join(temporaryFolder(), "cpu.pressure");
  writeFileSync(
    file,
    "some avg10=0.00 avg60=1.25 avg300=0.00 total=15393852\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1952100\n",
  );
  expect(sampleLoad(file).machines).toBeCloseTo(15_393.852);
  expect(sampleLoad(`${file}.not`).machines).toBeUndefined();
});

test("a load average of before starves nobody where few processes were seen to run meanwhile", () => {
  const before = { ...busy, load: 12, runnable: 3 };
  expect(starvation(before)).toBeUndefined();
  // Nobody counted: the last minute alone is known.
  const { seconds: _, ...minute } = before;
  expect(starvation(minute)).toContain("load 12, 3 processes ready to run");
});

test.for<[Partial<HostLoad>, boolean]>([
  [{ load: 18.5, runnable: 9, stalled: { cpu: 73 } }, true],
  [{ load: 18.5, runnable: 9, stalled: { cpu: 30 } }, false],
  [{ load: 18.5, runnable: 9, stalled: {} }, false],
  [{}, false],
])("a limit of seconds is over where a host is slow: %j", ([load, slow]) => {
  expect(slowness({ ...busy, ...load }, "t71") !== undefined).toBe(slow);
});

test("a time is what its samples differ by", () => {
  const samples = [
    loadSample({ at: 1000, load: 9, runnable: 40, waited: { cpu: 500, io: 100 }, stolen: 0 }),
    loadSample({ at: 2000, load: 3, runnable: 4, waited: { cpu: 900, io: 150 }, stolen: 100 }),
    loadSample({
      at: 3000,
      load: 4,
      runnable: 8,
      waited: { cpu: 1900, io: 200 },
      stolen: 200,
      throttled: 1200,
    }),
  ] as const;
  expect(loadBetween(samples)).toEqual({
    cores: 2,
    load: 4,
    runnable: 6,
    stalled: { cpu: 70, io: 5 },
    stolen: 5,
    throttled: 30,
    seconds: 2,
  });
});

test("a load is told in a line, with and without pressure", () => {
  expect(describeLoad({ ...busy, stolen: 3, throttled: 7 })).toBe(
    "load 5.8, 5 processes ready to run, 2 cores; work waited for a processor 95 %, for memory 0 %, for the disk 12 % of 60 s, 3 % stolen by the hypervisor, 7 % taken by a quota",
  );
  expect(describeLoad({ cores: 2, load: 1, runnable: 1, stalled: {} })).toBe(
    "load 1, 1 process ready to run, 2 cores; the kernel has no pressure information",
  );
});

test("pressure is read as the kernel writes it", () => {
  const text = `cpu some avg10=72.10 avg60=78.13 avg300=40.82 total=6264372636
cpu full avg10=0.00 avg60=0.00 avg300=0.00 total=0
memory some avg10=3.75 avg60=4.10 avg300=2.02 total=552653127
memory full avg10=0.00 avg60=0.02 avg300=0.07 total=21656021`;
  expect(parsePressure(text)).toEqual({ cpu: 78, memory: 0 });
  expect(parsePressure("")).toEqual({});
});

test("this host's kernel counts", () => {
  const [first, second] = [sampleLoad(), sampleLoad()];
  expect(first.cores).toBeGreaterThan(0);
  expect(second.at).toBeGreaterThanOrEqual(first.at);
  expect(second.delayed).toBeGreaterThanOrEqual(first.delayed);
  expect(second.throttled).toBeGreaterThanOrEqual(first.throttled);
  expect(second.waited.cpu ?? 0).toBeGreaterThanOrEqual(first.waited.cpu ?? 0);
});
