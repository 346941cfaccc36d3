import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../record/record.ts";
import { sampleEvents, sampleRecord, sampleStep } from "../sample.ts";
import { serveReports } from "./server.ts";
import { soFar } from "./so-far.ts";
import { temporaryFolder } from "../../testing.ts";

const record = sampleRecord();
const events = sampleEvents(record);
const key = "3.1/install-docker@t72";
const begun: RunEvent[] = [
  ...events.slice(0, 2),
  { at: 5, type: "step-start", key, location: { file: "/guides/guide.md", line: 3 } },
  { at: 6, type: "step-output", key, stream: "stdout", text: "half a " },
  { at: 7, type: "step-output", key, stream: "stdout", text: "line" },
];

test("what a run did so far is what its events tell", () => {
  expect(soFar([])).toBeUndefined();
  expect(soFar(begun)?.running).toEqual([{ key, output: "half a line" }]);
  const over = soFar([...begun, { at: 9, type: "step-end", step: sampleStep({ key }) }]);
  expect([over?.running, over?.record.steps.map((step) => step.key), over?.planned]).toEqual([[], [key], 1]);
  const all = soFar(events)?.record;
  expect([all?.steps, all?.tests, all?.spans]).toEqual([record.steps, record.tests, record.spans]);
});

let folder: string;
let controller: AbortController;
let url: string;
beforeEach(async () => {
  folder = temporaryFolder();
  await mkdir(join(folder, "reports/run-1"), { recursive: true });
  await writeFile(join(folder, "secret"), "outside");
  await writeFile(
    join(folder, "reports/run-1/journal.jsonl"),
    begun.map((event) => `${JSON.stringify(event)}\n`).join(""),
  );
  controller = new AbortController();
  url = await serveReports({
    reports: join(folder, "reports"),
    newest: () => Promise.resolve("run-1"),
    goesOn: () => true,
    port: 0,
    signal: controller.signal,
  });
});
afterEach(() => controller.abort());

test("the newest run is followed: its page, then its report", async () => {
  const page = await fetch(url);
  expect(new URL(page.url).pathname).toBe("/run-1/");
  const text = await page.text();
  expect(text).toContain("<h1>Running</h1>");
  expect(text).toContain("half a line");
  expect(text).toContain("connect-src &#39;self&#39;");
  const told = await fetch(`${url}run-1/events`);
  const reader = told.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe("data: here\n\n");
  await appendFile(join(folder, "reports/run-1/journal.jsonl"), "{");
  expect((await reader?.read())?.value).toContain("data: changed\n\n");
  await writeFile(join(folder, "reports/run-1/report.html"), "the report");
  expect(await (await fetch(url)).text()).toBe("the report");
  expect(await (await fetch(`${url}run-1/journal.jsonl`)).text()).toContain("run-start");
});

/** The status of an answer; fetch() would set the host and tidy the path. */
const status = (path: string, host = new URL(url).host, method = "GET"): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port: new URL(url).port, path, method, headers: { host } });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject);
    asked.end();
  });

test("nothing outside of the reports is served, and nobody else is answered", async () => {
  expect(await status("/run-1/")).toBe(200);
  expect(await status("/run-1/..%2f..%2fsecret")).toBe(404);
  expect(await status("/run-1/%2e%2e/%2e%2e/secret")).toBe(404);
  expect(await status("/run-2/")).toBe(404);
  expect(await status("/run-1/", "evil.example")).toBe(403);
  expect(await status("/run-1/", undefined, "POST")).toBe(405);
});
