import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RawTestResult } from "@allurereport/reader-api";
import { parse } from "junit2json";
import { expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { ends } from "../html/testing.ts";
import { sampleFailure, sampleRecord, sampleTest } from "../sample.ts";
import { junitFiles } from "./junit.ts";
import { inAllure } from "./testing.ts";

const place = { file: "suites/etcd/etcd.test.ts", line: 32 };
const reason = "not reached: t72 does not answer";
const tests = [
  sampleTest(),
  sampleTest({
    name: "it is healthy",
    outcome: "failed",
    failure: sampleFailure({ message: "etcd is failed, not active\n- failed\n+ active" }),
  }),
  sampleTest({
    name: "it is alone",
    outcome: "error",
    failure: sampleFailure({ verdict: "infrastructure", message: "t72 does not answer", location: place }),
  }),
  sampleTest({
    name: "it comes back",
    outcome: "skipped",
    skipped: reason,
    sections: [],
    location: place,
    durationMs: 0,
  }),
];
const xml = junitFiles(sampleRecord({ verdict: "infrastructure", tests }))["etcd.xml"] ?? "";

test("Allure takes names, durations, how a case ended, its headline, and the whole of what is told", async () => {
  const labels = [
    { name: "suite", value: "etcd health" },
    { name: "testClass", value: "milestone.etcd" },
  ];
  expect(await inAllure(xml)).toMatchObject([
    { fullName: "milestone.etcd.a key survives a restart", status: "passed", duration: 321, labels },
    {
      name: "it is healthy",
      status: "failed",
      message: "etcd is failed, not active",
      trace: expect.stringMatching(
        /^etcd is failed, not active\n- failed\n\+ active\n[^]*The guide is to blame/,
      ),
    },
    {
      status: "broken",
      message: "t72 does not answer",
      trace: expect.stringContaining("this host is to blame"),
    },
    { status: "skipped", duration: 0, message: reason, trace: reason },
  ]);
});

test("junit2json takes counts, times, places, properties, types and texts", async () => {
  const common = { tests: 4, failures: 1, errors: 1, skipped: 1 };
  const inGuide = { file: "/guides/guide.md", line: 261 };
  expect(await parse(xml)).toMatchObject({
    ...common,
    testsuite: [
      {
        ...common,
        name: "etcd health",
        time: 0.321,
        timestamp: "2019-04-01T10:15:00",
        properties: expect.arrayContaining([{ name: "verdict", value: "infrastructure" }]),
        testcase: [
          {
            classname: "milestone.etcd",
            name: "a key survives a restart",
            time: 0.321,
            ...inGuide,
            properties: expect.arrayContaining([{ name: "guide sections", value: "2.4.4" }]),
          },
          { ...inGuide, failure: [{ message: "etcd is failed, not active", type: "guide" }] },
          { ...place, error: [{ message: "t72 does not answer", type: "infrastructure" }] },
          { ...place, time: 0, skipped: [{ message: reason, inner: reason }] },
        ],
      },
    ],
  });
});

test.each(Object.entries(ends))(
  "of a run that ended %s both count as many cases of each kind",
  async (_, record) => {
    const files = Object.values(junitFiles(record));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const results = (await inAllure(file)) ?? [];
      const ended = (wanted: RawTestResult["status"]): number =>
        results.filter(({ status }) => status === wanted).length;
      expect(await parse(file)).toMatchObject({
        tests: results.length,
        failures: ended("failed"),
        errors: ended("broken"),
        skipped: ended("skipped"),
      });
    }
  },
);

test("docs/reports.md has the readers that are tried here, in the versions that they have", async () => {
  const page = await readFile(join(projectRoot, "docs/reports.md"), "utf8");
  const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
    await readFile(join(projectRoot, "package.json"), "utf8"),
  );
  const rows = [...page.matchAll(/^\|[^|]*`([^`|]+)`[^|]* \| (\S+) \|.*\| `npm test` \|$/gmu)];
  expect(rows.map(([, name, version]) => [name, version])).toEqual(
    ["@allurereport/reader", "junit2json"].map((name) => [name, devDependencies[name]]),
  );
});
