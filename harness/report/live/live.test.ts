import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../record/events.ts";
import { sampleEvents, sampleRecord, sampleStep } from "../sample.ts";
import { document } from "../html/document/document.ts";
import { html } from "../html/document/markup.ts";
import { serveReports } from "./server.ts";
import { snapshotOf } from "./page.ts";
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
  expect(snapshotOf([])).toBeUndefined();
  expect(snapshotOf(begun)?.running).toEqual([{ key, output: "half a line" }]);
  const over = snapshotOf([...begun, { at: 9, type: "step-end", step: sampleStep({ key }) }]);
  expect([over?.running, over?.record.steps.map((step) => step.key), over?.far]).toEqual([
    [],
    [key],
    "step 1",
  ]);
  const all = snapshotOf(events)?.record;
  expect([all?.steps, all?.tests, all?.spans]).toEqual([record.steps, record.tests, record.spans]);
});

let folder: string;
let controller: AbortController;
let url: string;
let newest: string | undefined;
/** A run begins. */
async function begin(run: string): Promise<void> {
  newest = run;
  await mkdir(join(folder, "reports", run), { recursive: true });
  await writeFile(
    join(folder, "reports", run, "journal.jsonl"),
    begun
      .map((event) => `${JSON.stringify(event.type === "run-start" ? { ...event, id: run } : event)}\n`)
      .join(""),
  );
}
beforeEach(async () => {
  folder = temporaryFolder();
  newest = undefined;
  await mkdir(join(folder, "reports"));
  await writeFile(join(folder, "secret"), "outside");
  controller = new AbortController();
  url = await serveReports({
    reports: join(folder, "reports"),
    newest: () => Promise.resolve(newest),
    goesOn: () => true,
    port: 0,
    signal: controller.signal,
  });
});
afterEach(() => controller.abort());

const textOf = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();

/** Reads what a page is told at an address, one message after the other. */
async function toldAt(path: string): Promise<() => Promise<string | undefined>> {
  const reader = (await fetch(`${url}${path}`)).body?.pipeThrough(new TextDecoderStream()).getReader();
  return async () => (await reader?.read())?.value;
}

test("a run is followed at its address: its page, then its report", async () => {
  await begin("run-1");
  const page = await textOf("run-1/");
  expect(page).toContain("<h1>Running</h1>");
  expect(page).toContain("half a line");
  expect(page).toContain("connect-src &#39;self&#39;");
  const next = await toldAt("run-1/events");
  expect(await next()).toBe("data: here\n\n");
  await appendFile(join(folder, "reports/run-1/journal.jsonl"), "{");
  expect(await next()).toContain("data: changed\n\n");
  await writeFile(join(folder, "reports/run-1/report.html"), "the report");
  expect(await textOf("run-1/")).toBe("the report");
  expect(await textOf("run-1/journal.jsonl")).toContain("run-start");
});

test("who follows the newest run goes on with the next: from none to the first, and from its report to the second", async () => {
  const page = await fetch(url);
  expect(new URL(page.url).pathname).toBe("/latest/");
  expect(await page.text()).toContain("There is no run yet");
  const next = await toldAt("latest/events");
  const changedTo = async (text: string): Promise<void> => {
    for (let now = await textOf("latest/"); !now.includes(text); now = await textOf("latest/"))
      expect(await next()).toMatch(/data: (?:here|changed)/);
  };
  await begin("run-1");
  await changedTo("Running: e2e run-1");
  const report = document("Passed", html`<h1>Passed &amp; proved</h1>`, { look: "report" });
  await writeFile(join(folder, "reports/run-1/report.html"), report.split("</main>")[0] ?? "");
  expect(await textOf("latest/"), "half a report is none").toContain("Running: e2e run-1");
  await writeFile(join(folder, "reports/run-1/report.html"), report);
  await changedTo('data-live="run-1 report"');
  expect(await textOf("latest/")).toContain("<h1>Passed &amp; proved</h1>");
  await begin("run-2");
  await changedTo("Running: e2e run-2");
  expect(await textOf("latest/journal.jsonl")).toContain("run-2");
  expect(await textOf("run-1/")).toBe(report);
});

test("the page of a round is served with the guide that it links", async () => {
  await writeFile(join(folder, "reports/mutants.html"), "a round");
  expect(await textOf("mutants.html")).toBe("a round");
  expect(await textOf("fixtures/guide/guide.md")).toContain("run id=start-etcd");
  expect(await status("/secret")).toBe(404);
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
  await begin("run-1");
  expect(await status("/run-1/")).toBe(200);
  expect(await status("/run-1/..%2f..%2fsecret")).toBe(404);
  expect(await status("/run-1/%2e%2e/%2e%2e/secret")).toBe(404);
  expect(await status("/..%2f/")).toBe(404);
  expect(await status("/run-2/")).toBe(404);
  expect(await status("/run-1/", "evil.example")).toBe(403);
  expect(await status("/run-1/", undefined, "POST")).toBe(405);
});
