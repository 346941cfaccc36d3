import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { NightlyRun } from "../history/history.ts";
import { page, reportOf } from "./page.ts";
import { sampleNightlyRun } from "../testing.ts";
import { table } from "./table.ts";
import { temporaryFolder } from "../../../testing.ts";

const repeated: Partial<NightlyRun> = {
  attempts: [
    { verdict: "infrastructure", durationMs: 1 },
    { verdict: "passed", durationMs: 2 },
  ],
};
const red = {
  verdict: "guide",
  tests: { "ping: t72 to t76": "failed" },
  message: "ping: <b>t72</b> to t76",
  inputs: { guide: "other", circumstances: "bb" },
} as const;
const lost = { verdict: "lost", inputs: {}, key: undefined, durationMs: undefined, run: undefined } as const;
const lines = (text: string) => stripVTControlCharacters(text).split("\n");

test("the table says what each night was, what changed, what was repeated, and what flipped", () => {
  const nights = [
    sampleNightlyRun(1),
    sampleNightlyRun(2, repeated),
    sampleNightlyRun(3, lost),
    sampleNightlyRun(4, red),
  ];
  expect(lines(table(nights, 7))).toEqual([
    "began (UTC)       verdict           took        up      apply   suites            commit",
    "2019-04-01 02:00  Passed            1 min 00 s  2.00 s  30.0 s  20.0 s            0123456789ab",
    "2019-04-02 02:00  Passed            1 min 00 s  2.00 s  30.0 s  20.0 s  repeated  0123456789ab",
    "2019-04-03 02:00  Lost                          2.00 s  30.0 s  20.0 s            0123456789ab",
    "2019-04-04 02:00  The guide failed  1 min 00 s  2.00 s  30.0 s  20.0 s            0123456789ab  ping: <b>t72</b> to t76",
    "",
    "trend     nothing to compare with",
    "changed   guide, since 2019-04-02 02:00",
    "repeated  1 of 4 nights for infrastructure; 1 of them green then",
    "flakes    2, 2 of them flipped tonight",
    "          flipped  verdict   the verdict: passed 2 ×, guide 1 × at commit 0123456789ab",
    "          flipped  test      ping: t72 to t76: passed 2 ×, failed 1 × at commit 0123456789ab",
  ]);
});

test("a slower night is told beside the median", () => {
  const text = lines(
    table([sampleNightlyRun(1), sampleNightlyRun(2), sampleNightlyRun(3, { durationMs: 66_000 })], 7),
  );
  expect(text).toContain("trend     1 min 06 s; the median of 2 green nights before is 1 min 00 s (+10.0 %)");
});

test("ten nights are shown, and the first of all says so", () => {
  const many = Array.from({ length: 30 }, (_, day) => sampleNightlyRun(day + 1));
  expect(lines(table(many, 7)).filter((line) => line.startsWith("2019-"))).toHaveLength(10);
  expect(table([], 7)).toBe("No night yet.");
});

test("the page escapes what it shows, links the reports there are, and needs nothing from outside", () => {
  const nights = [
    sampleNightlyRun(1),
    sampleNightlyRun(2, { durationMs: 70_000 }),
    sampleNightlyRun(3, lost),
    sampleNightlyRun(4, red),
  ];
  const text = page(nights, 7, ({ run }) => (run?.startsWith("20190402") ? `${run}/report.html` : undefined));
  expect(text).toContain("&lt;b&gt;t72&lt;/b&gt;");
  expect(text).not.toContain("<b>t72");
  expect([...text.matchAll(/href="([^"]*)"/g)].map(([, link]) => link)).toEqual([
    "20190402T020003-e2e-42/report.html",
    "20190402T020003-e2e-42/report.html",
  ]);
  expect(text.match(/<polyline/g)).toHaveLength(1);
  expect(text.match(/class="day /g)).toHaveLength(4);
  expect(text).not.toMatch(/<script src|<img|https?:|url\(|@import/);
});

test("the page says on what the newest night ran, and what that leaves unproved", () => {
  const newest = sampleNightlyRun(2, { notProved: ["kernel", "SELinux"] });
  const text = page([sampleNightlyRun(1), newest], 7, () => undefined);
  expect(text).toContain("on machines of <b>nspawn</b>, artifact set <b>debian</b>");
  expect(text).toContain("not proved by it: <b>kernel, SELinux</b>");
  expect(page([newest, sampleNightlyRun(3)], 7, () => undefined)).not.toContain("not proved by it");
});

test("one bad night is one line of flakes, with what flipped behind it", () => {
  const tests = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`etcd: ${index}`, "passed" as const]),
  );
  const failed = Object.fromEntries(Object.keys(tests).map((name) => [name, "failed" as const]));
  const nights = [sampleNightlyRun(1, { tests }), sampleNightlyRun(2, { verdict: "guide", tests: failed })];
  const [, flakes = ""] = page(nights, 7, () => undefined).split("<h2>Flakes");
  const [rows = ""] = flakes.split("<h2>");
  expect(rows.match(/<tr/g)).toHaveLength(2);
  expect(rows).toContain("<summary>the verdict, 40 tests</summary>");
  expect(rows.match(/<li>/g)).toHaveLength(41);
});

test("a report is linked where its readers find it: at the job, or below the page", async () => {
  const folder = temporaryFolder();
  await mkdir(join(folder, "reports/x"), { recursive: true });
  await writeFile(join(folder, "reports/x/report.html"), "");
  const at = (history: string) => reportOf(join(folder, "reports"), join(folder, history));
  expect(at("reports/history.json")({ run: "x" })).toBe("x/report.html");
  expect(at("history.json")({ run: "x" })).toBe("reports/x/report.html");
  expect(at("elsewhere/history.json")({ run: "x" })).toBeUndefined();
  expect(at("elsewhere/history.json")({ run: "x", url: "job" })).toBe("job");
  expect(at("history.json")({ run: "gone" })).toBeUndefined();
});

test("a page of no night, and of one, can be read", () => {
  expect(page([], 7, () => undefined)).toContain("No night yet.");
  expect(page([sampleNightlyRun(1)], 7, () => undefined)).not.toContain("<polyline");
});
