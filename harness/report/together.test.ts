import { expect, test } from "vitest";
import { HarnessDefect } from "../errors.ts";
import type { Reporter } from "../run/record.ts";
import { sampleEvents, sampleRecord } from "./sample.ts";
import { together } from "./together.ts";

const record = sampleRecord();
const events = sampleEvents(record);

function listening(log: string[]): Reporter {
  return {
    onEvent: (event) => void log.push(event.type),
    finish: (_record, folder) => Promise.resolve(void log.push(folder)),
  };
}

test("every reporter hears everything, in order", async () => {
  const logs: string[][] = [[], []];
  const all = together([...logs.map(listening), {}]);
  for (const event of events) all.onEvent?.(event);
  await all.finish?.(record, "folder");
  const expected = [...events.map(({ type }) => type), "folder"];
  expect(logs).toEqual([expected, expected]);
});

test("one that breaks keeps no other from its work, and is told at the end", async () => {
  const log: string[] = [];
  let heard = 0;
  const all = together([
    {
      onEvent: () => {
        heard += 1;
        throw new Error("disk full");
      },
      finish: () => Promise.reject(new Error("not reached")),
    },
    { finish: () => Promise.reject(new Error("no folder")) },
    listening(log),
  ]);
  for (const event of events) all.onEvent?.(event);
  const end = all.finish?.(record, "folder");
  await expect(end).rejects.toThrow(HarnessDefect);
  await expect(end).rejects.toThrow("A report could not be written: disk full; no folder");
  expect(heard).toBe(1);
  expect(log).toHaveLength(events.length + 1);
});
