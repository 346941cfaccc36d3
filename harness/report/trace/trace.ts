import type { Reporter } from "../../record/events.ts";
import type { RunRecord } from "../../record/record.ts";
import { oneFile } from "../files.ts";
import { lanes, slicesOf } from "./slices.ts";

/**
 * `trace.json`: the run as a timeline in Chrome's Trace Event Format, for Perfetto or chrome://tracing. One
 * thread a machine, one for the harness, one for the suites; work that overlaps on one of them gets a second.
 */
export const trace = (): Reporter =>
  oneFile("trace", "trace.json", (record) => `${JSON.stringify(chromeTrace(record))}\n`);

/** The trace as an object; times in microseconds since the run's start. */
export function chromeTrace(record: RunRecord): { displayTimeUnit: "ms"; traceEvents: object[] } {
  const pid = 1;
  const threads = [...Map.groupBy(slicesOf(record), ({ track }) => track)].flatMap(([track, slices]) =>
    lanes(slices).map((lane, index) => ({ name: index === 0 ? track : `${track} (${index + 1})`, lane })),
  );
  const events = threads.flatMap(({ name, lane }, index) => {
    const tid = index + 1;
    const about = [
      { ph: "M", name: "thread_name", pid, tid, args: { name } },
      { ph: "M", name: "thread_sort_index", pid, tid, args: { sort_index: index } },
    ];
    const bars = lane.map((slice) => ({
      ph: "X",
      name: slice.name,
      cat: slice.category,
      pid,
      tid,
      ts: Math.round(slice.startMs * 1000),
      dur: Math.round(slice.durationMs * 1000),
      args: slice.details,
    }));
    return [about, bars].flat();
  });
  const process = {
    ph: "M",
    name: "process_name",
    pid,
    tid: 0,
    args: { name: `${record.command} ${record.id}` },
  };
  return { displayTimeUnit: "ms", traceEvents: [process, ...events] };
}
