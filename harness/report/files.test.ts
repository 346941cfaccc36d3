import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { beforeEach, expect, test } from "vitest";
import { journal, runJson } from "./files.ts";
import { sampleEvents, sampleRecord } from "./sample.ts";
import { temporaryFolder } from "../testing.ts";

let folder: string;

beforeEach(() => void (folder = temporaryFolder()));

const lines = (file: string): unknown[] =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

test("every event is there as soon as it has happened", async () => {
  const record = sampleRecord();
  const events = sampleEvents(record);
  const reporter = journal(folder);
  for (const [index, event] of events.entries()) {
    reporter.onEvent?.(event);
    expect(lines(join(folder, record.id, "journal.jsonl"))).toEqual(events.slice(0, index + 1));
  }
  await reporter.tell?.(record, join(folder, record.id));
});

test("how far long work is, is of no use afterwards", () => {
  const reporter = journal(folder);
  const [start] = sampleEvents(sampleRecord());
  if (start) reporter.onEvent?.(start);
  reporter.onEvent?.({ at: 1, type: "progress", work: 1, text: "1 of 3" });
  expect(lines(join(folder, sampleRecord().id, "journal.jsonl"))).toEqual([start]);
});

test("what a killed run did is there", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "files.ts"));
  const script = `
    import { journal } from ${module};
    const reporter = journal(${JSON.stringify(folder)});
    reporter.onEvent({ at: 0, type: "run-start", id: "killed", command: "e2e", startedAt: "" });
    for (let at = 1; ; at += 1) {
      reporter.onEvent({ at, type: "note", message: "x".repeat(5000) });
      if (at === 50) process.kill(process.pid, "SIGKILL");
    }`;
  const run = await execa(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    reject: false,
  });
  expect(run.signal).toBe("SIGKILL");
  expect(lines(join(folder, "killed", "journal.jsonl"))).toHaveLength(51);
});

test("an event that the disk has no room for is not lost in silence, be it a part of the last line", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "files.ts"));
  const script = `
    import { journal } from ${module};
    const reporter = journal(${JSON.stringify(folder)});
    reporter.onEvent({ at: 0, type: "run-start", id: "full", command: "e2e", startedAt: "" });
    try {
      reporter.onEvent({ at: 1, type: "note", message: "x".repeat(5000) });
      console.log("written");
    } catch (error) {
      console.log(error.code);
    }`;
  // A limit of the file's size cuts a write short as a full disk does: the rest of it fails, and not the write itself.
  const node = [process.execPath, "--input-type=module-typescript", "--eval", script];
  const { stdout } = await execa("sh", ["-c", 'ulimit -f 4; exec "$@"', "sh", ...node]);
  expect(stdout).toBe("EFBIG");
});

test("run.json is the record", async () => {
  const record = sampleRecord();
  expect(await runJson().write?.(record, folder)).toEqual(["run.json"]);
  expect(JSON.parse(readFileSync(join(folder, "run.json"), "utf8"))).toEqual(record);
});
