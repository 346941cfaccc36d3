import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { enterRun } from "../../run/evidence/runs.ts";
import { nightSchema } from "./history/history.ts";
import { lostNightlyRun, type Marker, markerFile, readMarker, removeMarker, writeMarker } from "./marker.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
let history: string;
beforeEach(() => {
  folder = temporaryFolder();
  history = join(folder, "history.json");
});

const marker: Marker = {
  startedAt: "2019-04-01T02:00:00.000Z",
  host: "box",
  pid: 41,
  commit: "0123456789ab",
  child: { pid: 42, start: 7, boot: "b" },
};

test("a marker is there from the moment it is written until it is removed", async () => {
  expect(await readMarker(history)).toBeUndefined();
  await writeMarker(history, marker);
  expect(await readMarker(history)).toEqual(marker);
  await removeMarker(history);
  expect(await readdir(folder)).toEqual([]);
});

test.each(["{half", "", "null", '{"startedAt":"today"}', undefined])(
  "one that is %j says when it was written, is named and set aside, and the next is written",
  async (text) => {
    const file = markerFile(history);
    await (text === undefined ? mkdir(file) : writeFile(file, text));
    const said: string[] = [];
    const { startedAt = "" } = (await readMarker(history, (line) => void said.push(line))) ?? {};
    expect(Math.abs(Date.parse(startedAt) - Date.now())).toBeLessThan(60_000);
    expect(said).toEqual([expect.stringContaining(`${file}:1 is damaged`)]);
    expect(await readdir(folder)).toEqual([`history.json.in-progress.damaged-1`]);
    await writeMarker(history, marker);
    expect(await readMarker(history)).toEqual(marker);
  },
);

test("the run of a lost night is found although the clock was set back, and none from before is taken for it", async () => {
  const [before, run] = ["20190401T080000-e2e-42", "20190401T010000-e2e-42"];
  for (const name of [before, run]) {
    await mkdir(join(folder, name));
    await enterRun(folder, name);
    await writeFile(join(folder, name, "journal.jsonl"), '{"at":7,"type":"note"}\n');
  }
  expect((await lostNightlyRun({ ...marker, newestRun: before }, folder)).run).toBe(run);
  expect((await lostNightlyRun({ ...marker, newestRun: run }, folder)).run).toBeUndefined();
});

test("a lost night is told with its run and the last sign of life in its journal", async () => {
  const older = "20190331T020003-e2e-42";
  const run = "20190401T020003-e2e-42";
  for (const name of [older, run]) await mkdir(join(folder, name));
  const events = [
    { at: 0, type: "run-start", id: run },
    { at: 900, type: "span-start", name: "apply", track: "harness" },
    { at: 1000, type: "step-start", key: "2.4.4/start-etcd@t71" },
    { at: 1500, type: "step-output", key: "2.4.4/start-etcd@t71", text: "…" },
  ];
  const text = `${events.map((event) => JSON.stringify(event)).join("\n")}\n{"at":99`;
  await writeFile(join(folder, run, "journal.jsonl"), text);
  const night = await lostNightlyRun(marker, folder);
  expect(nightSchema.parse(night)).toEqual(night);
  expect(night).toMatchObject({
    verdict: "lost",
    startedAt: marker.startedAt,
    durationMs: 1500,
    run,
    message: "killed on box, or the power went; last seen at 2.4.4/start-etcd@t71",
  });
});

test("one that was lost before its run began is told without", async () => {
  const { child: _, ...early } = marker;
  expect(await lostNightlyRun(early, join(folder, "none"))).toMatchObject({
    verdict: "lost",
    message: "killed on box, or the power went",
  });
});

test("a marker that cannot be written is infrastructure", async () => {
  await writeFile(join(folder, "file"), "");
  await expect(writeMarker(join(folder, "file", "history.json"), marker)).rejects.toMatchObject({
    verdict: "infrastructure",
    message: expect.stringContaining("Cannot mark the history"),
  });
});
