import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
import { ownGuide } from "../../profile/profile.ts";
import { sampleRecord, sampleTest } from "../../report/sample.ts";
import { defaultSettings } from "../../settings/settings.ts";
import type { ClusterState } from "../cluster/state.ts";
import { enterRun } from "../evidence/runs.ts";
import { guideText } from "../request/inputs.ts";
import { failedWith } from "../testing.ts";
import { suitesFolder } from "./groups.ts";
import { chosen, hasText, measuring, redInLastRun, wasRed, withFirstOfGroups } from "./selection.ts";

const all = ["cluster-health is as printed", "the CA's private key is on no node"].map((name) => ({
  milestone: "etcd",
  name,
}));
const others = [{ milestone: "csr", name: "the CA's private key is on no node" }];

test("tests are chosen by a text in their names, however that is written; the others are left out", () => {
  const some = chosen([...all, ...others], hasText(all, "CLUSTER-health"), { by: "--grep CLUSTER-health" });
  expect(some.tests).toEqual([all[0]]);
  expect(some.leftOut).toEqual([all[1], others[0]]);
});

test("a text that no test has is an error with the nearest name", () => {
  expect(() => hasText(all, "privat kye")).toThrow(
    expect.objectContaining({
      verdict: "usage",
      message: 'None of 2 tests has "privat kye" in its name',
      details: { hint: "Did you mean: the CA's private key is on no node" },
    }),
  );
});

test("a text that is near none is an error with the names there are, or the first of many", () => {
  const hintFor = (tests: typeof all): string => {
    try {
      hasText(tests, "zzzzzzzz");
    } catch (error) {
      if (error instanceof UsageError) return error.details.hint ?? "";
    }
    throw new Error("no UsageError");
  };
  expect(hintFor(all)).toBe(`They are called: ${all.map(({ name }) => name).join("; ")}`);
  const many = Array.from({ length: 30 }, (_, index) => ({ milestone: "etcd", name: `test ${index}` }));
  expect(hintFor(many)).toMatch(/^They are called: test 0; .*test 4; and 25 others$/);
});

test("what grows is measured under load: a test of that brings all of the load, and no other test of what grows", async () => {
  const soak = [
    "load > etcd killed",
    "load > t72 cut off",
    `${measuring} > t71 memory`,
    `${measuring} > t71 rules`,
  ];
  const tests = [...soak.map((name) => ({ milestone: "soak", name })), ...all];
  const milestones = { soak: { title: "", sections: [], apart: true } };
  // oxlint-disable-next-line no-unsafe-type-assertion -- only what is asked of it
  const profile = { milestones } as unknown as Parameters<typeof withFirstOfGroups>[2];
  const wanted = (text: string) => tests.filter(withFirstOfGroups(tests, hasText(tests, text), profile));
  expect(wanted("rules").map(({ name }) => name)).toEqual([soak[0], soak[1], soak[3]]);
  expect(wanted("etcd killed").map(({ name }) => name)).toEqual([soak[0]]);
  const suite = await readFile(join(suitesFolder, "soak/soak.test.ts"), "utf8");
  expect(suite).toContain(`describe(${JSON.stringify(measuring)}, `);
});

test("what was red is meant by milestone and name; what is no test stands for all of its milestone, or of all", () => {
  const tests = [...all, ...others];
  const red = (...of: { milestone: string; name: string }[]) => tests.filter(wasRed(tests, of));
  expect(red(others[0]!)).toEqual(others);
  expect(red({ milestone: "etcd", name: "(suites/etcd/etcd.test.ts)" })).toEqual(all);
  expect(red({ milestone: "suites", name: "(outside of all tests)" })).toEqual(tests);
});

let reports: string;
beforeEach(async () => {
  reports = await mkdtemp(join(tmpdir(), "red-"));
});
afterEach(() => rm(reports, { recursive: true }));

const settings = { ...defaultSettings, guide: ownGuide, nodes: 2, made: { ports: [], machines: [] } };
const state: ClusterState = {
  id: "main",
  settings,
  run: "20190401T101100-e2e-1",
  versions: { kubernetes: "", etcd: "", flannel: "" },
  ports: [],
  machines: [],
  images: "",
  kept: true,
  places: {},
};
const redTest = sampleTest({ name: "red", ...failedWith("no") });

/** Writes the record of a run as it lies in a folder of reports. */
async function write(id: string, changes: Parameters<typeof sampleRecord>[0] = {}): Promise<void> {
  const inputs = { ...(await guideText(settings)), machines: "m" };
  await mkdir(join(reports, id));
  await enterRun(reports, id);
  const record = sampleRecord({
    id,
    settings,
    inputs,
    tests: [redTest, sampleTest()],
    verdict: "guide",
    ...changes,
  });
  await writeFile(join(reports, id, "run.json"), JSON.stringify(record));
}

test("the last run that looked at the cluster has the red tests", async () => {
  await write("20190401T101100-e2e-1", { tests: [sampleTest()] });
  await write("20190401T101200-suite-2");
  await write("20190401T101300-apply-3", { tests: [sampleTest({ outcome: "skipped" })] });
  await write("20190401T101400-e2e-4", { settings: { ...settings, cluster: "e2e-4" } });
  await mkdir(join(reports, "20190401T101500-suite-5"));
  expect(await redInLastRun(reports, state, settings)).toEqual({
    run: "20190401T101200-suite-2",
    tests: [{ milestone: "etcd", name: "red" }],
  });
});

test.each<[string, () => Promise<void>, string]>([
  [
    "none was red",
    () => write("20190401T101200-suite-2", { tests: [sampleTest()] }),
    "No test was red in the last run on cluster main, 20190401T101200-suite-2",
  ],
  [
    "it is of another guide",
    async () => {
      const inputs = { ...(await guideText(settings)), machines: "m", guide: "other" };
      await write("20190401T101200-suite-2", { inputs });
    },
    `The last run on cluster main, 20190401T101200-suite-2, is of another guide: guide ${ownGuide} has changed`,
  ],
  [
    "it is of a cluster of that name that is gone",
    async () => {
      await write("20190401T101000-suite-0");
      await write("20190401T101100-e2e-1", { tests: [] });
    },
    "No run of suites on cluster main is known since it was brought up",
  ],
  [
    "there is none",
    async () => undefined,
    "No run of suites on cluster main is known since it was brought up",
  ],
])("nothing is run again if %s", async (_, prepare, message) => {
  await prepare();
  const error: unknown = await redInLastRun(reports, state, settings).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  expect(error).toMatchObject({ message });
});
