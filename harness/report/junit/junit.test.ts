import { XMLParser } from "fast-xml-parser";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { junitFiles } from "./junit.ts";
import { allTests } from "../../record/selection.ts";
import { sampleBlame, sampleFailure, sampleRecord, sampleStep, sampleTest } from "../sample.ts";
import { breaches } from "./testing.ts";

type Node = {
  readonly [attribute: `@${string}`]: string;
  readonly "#text"?: string;
  readonly testsuite?: readonly Node[];
  readonly testcase?: readonly Node[];
  readonly properties?: readonly { readonly property: readonly Node[] }[];
  readonly failure?: readonly Node[];
  readonly error?: readonly Node[];
  readonly skipped?: readonly (Node | string)[];
  readonly "system-out"?: readonly (Node | string)[];
};

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  isArray: (_name, path, _isLeaf, isAttribute) => !isAttribute && path !== "testsuites",
  parseTagValue: false,
  trimValues: false,
});

function parse(xml: string | undefined): { suites: Node; suite: Node; cases: readonly Node[] } {
  expect(breaches(xml ?? "")).toEqual([]);
  const document: { testsuites: Node } = parser.parse(xml ?? "");
  const suites = document.testsuites;
  const [suite, ...others] = suites.testsuite ?? [];
  if (!suite) throw new Error("no test suite");
  expect(others).toEqual([]);
  return { suites, suite, cases: suite.testcase ?? [] };
}

const propertiesOf = (node: Node | undefined): Record<string, string> =>
  Object.fromEntries(
    (node?.properties?.[0]?.property ?? []).map((each) => [each["@name"] ?? "", each["@value"] ?? ""]),
  );

const counts = (node: Node): (string | undefined)[] =>
  ["tests", "failures", "errors", "skipped"].map((name) => node[`@${name}`]);

test("a passed run is a file for the steps and one for each milestone", () => {
  const record = sampleRecord({ tests: [sampleTest(), sampleTest({ milestone: "nodes" })] });
  expect(Object.keys(junitFiles(record))).toEqual(["steps.xml", "etcd.xml", "nodes.xml"]);
});

test("tests of unknown number are no case: the file of their milestone says why it has none", () => {
  const all = sampleTest({ name: allTests, outcome: "skipped", skipped: "not reached: interrupted" });
  const failure = sampleFailure({ verdict: "interrupted", message: "Interrupted by SIGINT" });
  const files = junitFiles(sampleRecord({ verdict: "interrupted", failure, steps: [], tests: [all] }));
  expect(Object.keys(files)).toEqual(["etcd.xml", "run.xml"]);
  const { suites, suite, cases } = parse(files["etcd.xml"]);
  expect(cases).toEqual([]);
  expect(counts(suites)).toEqual(["0", "0", "0", "0"]);
  expect(propertiesOf(suite)).toMatchObject({ "not reached": "not reached: interrupted" });
});

test("work that was done ahead of a test's turn is in its time", () => {
  const late = sampleTest({ startMs: 6000, durationMs: 1, ahead: { beforeMs: 5000, durationMs: 3000 } });
  const xml = junitFiles(sampleRecord({ tests: [late] }))["etcd.xml"] ?? "";
  expect([...xml.matchAll(/ time="([^"]*)"/g)].map(([, time]) => time)).toEqual(["3.001", "3.001"]);
  expect(xml).toContain('name="seconds ahead of its turn" value="3.000"');
});

test("a unit that did not stay up is a property of the step that started it", () => {
  const finding = {
    machine: "t71",
    unit: "etcd",
    step: "2.4.4/start-etcd@t71",
    state: "restarted, exit code 2, 1 restarts",
    dead: false,
    said: "listen: address in use",
    at: 3,
  };
  const { cases } = parse(junitFiles(sampleRecord({ unitFindings: [finding] }))["steps.xml"]);
  expect(propertiesOf(cases[0])["unit etcd"]).toBe(
    "etcd on t71, which 2.4.4/start-etcd@t71 started: restarted, exit code 2, 1 restarts: listen: address in use",
  );
});

test("a step is a test case with class, name, seconds, place and output", () => {
  const { suites, suite, cases } = parse(junitFiles(sampleRecord())["steps.xml"]);
  expect(counts(suites)).toEqual(["1", "0", "0", "0"]);
  expect(counts(suite)).toEqual(["1", "0", "0", "0"]);
  expect(suite).toMatchObject({ "@name": "steps", "@time": "1.235", "@timestamp": "2019-04-01T10:15:00" });
  expect(cases[0]).toMatchObject({
    "@classname": "guide.2-4-4",
    "@name": "2.4.4/start-etcd@t71",
    "@time": "1.235",
    "@file": "/guides/guide.md",
    "@line": "261",
    "system-out": ["active"],
  });
  expect(propertiesOf(cases[0])).toMatchObject({
    machine: "t71",
    "exit code": "0",
    report: "report.html#step/2.4.4/start-etcd@t71",
  });
});

test("the suite says what the run was made of", () => {
  const { suite } = parse(junitFiles(sampleRecord())["etcd.xml"]);
  expect(propertiesOf(suite)).toMatchObject({
    run: "20190401T101500-e2e-42",
    verdict: "passed",
    commit: "0123456789ab",
    provider: "nspawn",
    "artifact set": "debian",
    kubernetes: "1.20.2",
    etcd: "3.4.23",
    ports: "embedded-os",
    "assist artifact-cache": "1 × No network.",
  });
});

test("a test carries its sections and what it looked at", () => {
  const { suite, cases } = parse(junitFiles(sampleRecord())["etcd.xml"]);
  expect(suite["@name"]).toBe("etcd health");
  expect(cases[0]).toMatchObject({
    "@classname": "milestone.etcd",
    "@name": "a key survives a restart",
    "@time": "0.321",
  });
  expect(propertiesOf(cases[0])).toEqual({
    claims: "5.1/etcd-keeps-the-state",
    "guide sections": "2.4.4",
    report: "report.html#test/etcd/a-key-survives-a-restart",
    member: "ac829673d2b22824",
  });
});

const place = { file: "suites/flannel/flannel.test.ts", line: 30 };

test.each([
  [
    "of a green test the guarded section, then the test",
    sampleTest({ location: place }),
    "/guides/guide.md",
    "261",
  ],
  [
    "of a red one the suspect, then what failed",
    sampleTest({ milestone: "flannel", outcome: "failed", failure: sampleFailure({ location: place }) }),
    "/guides/guide.md",
    "885",
  ],
  [
    "of what the guide is not to blame for the test",
    sampleTest({ outcome: "error", failure: sampleFailure({ verdict: "infrastructure", location: place }) }),
    place.file,
    "30",
  ],
])("the place of a case: %s", (_, test_, file, line) => {
  const record = sampleRecord({ tests: [test_], blames: [sampleBlame()] });
  const { cases } = parse(junitFiles(record)[`${test_.milestone}.xml`]);
  expect(cases[0]).toMatchObject({ "@file": file, "@line": line });
  expect(propertiesOf(cases[0])).toMatchObject({ test: "suites/flannel/flannel.test.ts:30" });
});

test("what is skipped says why", () => {
  const skipped = 'not reached: "a" < b';
  const steps = [sampleStep({ outcome: "skipped", skipped })];
  const record = sampleRecord({ steps, tests: [sampleTest({ outcome: "skipped", skipped, sections: [] })] });
  for (const file of ["steps.xml", "etcd.xml"]) {
    expect(parse(junitFiles(record)[file]).cases[0]?.skipped?.[0]).toEqual({
      "@message": skipped,
      "#text": skipped,
    });
  }
});

test("a step and a test that ran again count once, by how they ended, and tell what was before", () => {
  const failure = sampleFailure({ message: "the symptom" });
  const record = sampleRecord({
    command: "repro",
    steps: [sampleStep({ outcome: "failed", failure }), sampleStep()],
    tests: [sampleTest({ outcome: "failed", failure }), sampleTest(), sampleTest({ outcome: "skipped" })],
  });
  for (const file of ["steps.xml", "etcd.xml"]) {
    const { suites, cases } = parse(junitFiles(record)[file]);
    expect(counts(suites)).toEqual(["1", "0", "0", "0"]);
    expect(cases[0]?.["system-out"]?.[0]).toMatch(/It ran before:\nthe symptom/);
  }
});

test("what a shown install bug turns red has not failed, and is told; what kept a test from looking has", () => {
  const failure = sampleFailure({ message: "the symptom" });
  const reproduction = { id: "etcd-enable-typo", seen: "the symptom" };
  const steps = [sampleStep({ outcome: "failed", failure })];
  const shown = parse(junitFiles(sampleRecord({ steps, reproduction }))["steps.xml"]);
  expect(counts(shown.suites)).toEqual(["1", "0", "0", "0"]);
  expect(shown.cases[0]?.["system-out"]?.[0]).toMatch(/^the symptom\n/);
  const lost = sampleRecord({ steps, reproduction, verdict: "infrastructure" });
  expect(counts(parse(junitFiles(lost)["steps.xml"]).suites)).toEqual(["1", "1", "0", "0"]);
});

test("a run with a planted defect has no failure that blames the guide, nor a place in it", () => {
  const failure = sampleFailure({ message: "another symptom" });
  const steps = [sampleStep({ outcome: "failed", failure })];
  const record = sampleRecord({ command: "repro", verdict: "guide", steps, failure });
  const [step] = parse(junitFiles(record)["steps.xml"]).cases;
  expect(step?.failure?.[0]).toMatchObject({ "@type": "broken-on-purpose" });
  expect(step).not.toHaveProperty("@file");
  expect(junitFiles(record)["steps.xml"]).toContain('name="verdict" value="broken-on-purpose"');
});

test("hosts keep their names where a run ends before its first step", () => {
  const failure = sampleFailure({
    verdict: "infrastructure",
    message: "The hosts are not fit for the guide:\nn1: it has no sudo\nn2: it has no room",
  });
  const otherFailures = [sampleFailure({ verdict: "infrastructure", message: "n3 is gone", machine: "n3" })];
  const record = sampleRecord({ verdict: "infrastructure", failure, otherFailures, steps: [], tests: [] });
  const [run] = parse(junitFiles(record)["run.xml"]).cases;
  const message = "The hosts are not fit for the guide: n1: it has no sudo; n2: it has no room";
  expect(run?.error?.[0]).toMatchObject({ "@message": message });
  expect(run?.error?.[0]?.["#text"]).toMatch(/n2: it has no room[^]*n3 is gone/);
});

test("failure blames the guide, error what is beside it, and both are counted apart", () => {
  const failure = sampleFailure({ message: "first\nsecond" });
  const record = sampleRecord({
    verdict: "guide",
    tests: [
      sampleTest(),
      sampleTest({ name: "f", outcome: "failed", failure }),
      sampleTest({ name: "e", outcome: "error", failure: sampleFailure({ verdict: "infrastructure" }) }),
      sampleTest({ name: "s", outcome: "skipped" }),
    ],
  });
  const { suites, suite, cases } = parse(junitFiles(record)["etcd.xml"]);
  expect(counts(suites)).toEqual(["4", "1", "1", "1"]);
  expect(counts(suite)).toEqual(["4", "1", "1", "1"]);
  expect(cases.map((each) => ["failure", "error", "skipped"].filter((kind) => kind in each))).toEqual([
    [],
    ["failure"],
    ["error"],
    ["skipped"],
  ]);
  expect(cases[1]?.failure?.[0]).toMatchObject({ "@message": "first", "@type": "guide" });
  expect(cases[1]?.failure?.[0]?.["#text"]).toMatch(
    /second[^]*test +f\nguards +section 2\.4\.4\nmade by +2\.4\.4\/start-etcd\n[^]*guide\.md:261\n[^]*systemctl enabel etcd\n[^]*exit code +1\n[^]*Unknown operation[^]*etcd\[1\]: ready[^]*See the guide's line[^]*The guide is to blame/u,
  );
  expect(cases[2]?.error?.[0]).toMatchObject({ "@type": "infrastructure" });
  expect(cases[2]?.error?.[0]?.["#text"]).toMatch(/this host is to blame/u);
});

/** The steps' file of a run in which `output` stands wherever output can. */
function stepsWith(output: string): string | undefined {
  const failure = sampleFailure({ message: output, outputTail: output });
  const steps = [sampleStep({ output, outcome: "failed", failure })];
  return junitFiles(sampleRecord({ steps }))["steps.xml"];
}

test("any output becomes XML that can be read, without colours and control characters", () => {
  const { cases } = parse(stepsWith("\u001B[31mred\u001B[0m\u0007 a\r\nb ]]> <c> & \uD800\u0000"));
  expect(cases[0]?.["system-out"]).toEqual(["red a\nb ]] > <c> & \uFFFD"]);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" })), (output) => {
      parse(stepsWith(output));
    }),
  );
});

test("of a long output the end is shown", () => {
  const output = Array.from({ length: 1000 }, (_, n) => `line ${n}`).join("\n");
  const { cases } = parse(junitFiles(sampleRecord({ steps: [sampleStep({ output })] }))["steps.xml"]);
  const shown = JSON.stringify(cases[0]?.["system-out"]?.[0]).slice(1, -1).split("\\n");
  expect([shown.length, shown[0], shown.at(-1)]).toEqual([201, "… 800 lines before", "line 999"]);
});

test.each(["infrastructure", "artifact", "harness", "usage", "not-possible", "interrupted"] as const)(
  "a run that ended before its first step by %s is an error in run.xml",
  (verdict) => {
    const failure = sampleFailure({ verdict, message: "no host" });
    const files = junitFiles(sampleRecord({ verdict, failure, steps: [], tests: [] }));
    expect(Object.keys(files)).toEqual(["run.xml"]);
    const { suites, cases } = parse(files["run.xml"]);
    expect(counts(suites)).toEqual(["1", "0", "1", "0"]);
    expect(cases[0]).toMatchObject({ "@classname": "run", "@name": "e2e", "@time": "8" });
    expect(cases[0]?.error?.[0]).toMatchObject({ "@message": "no host", "@type": verdict });
  },
);

test("a run that was not passed is not green, even if all that ran was", () => {
  const files = junitFiles(
    sampleRecord({ verdict: "interrupted", failure: sampleFailure({ verdict: "interrupted" }) }),
  );
  expect(Object.keys(files)).toEqual(["steps.xml", "etcd.xml", "run.xml"]);
  expect(counts(parse(files["run.xml"]).suites)).toEqual(["1", "0", "1", "0"]);
  const silent = junitFiles(sampleRecord({ verdict: "harness", steps: [], tests: [] }));
  expect(counts(parse(silent["run.xml"]).suites)).toEqual(["1", "0", "1", "0"]);
});

test.each(["infrastructure", "interrupted", "harness"] as const)(
  "a test that blames the guide does not tell that the run is one of the verdict %s",
  (verdict) => {
    const tests = [sampleTest({ outcome: "failed", failure: sampleFailure() })];
    const failure = sampleFailure({ verdict, message: "t72 is gone" });
    const ended = junitFiles(sampleRecord({ verdict, failure, tests }));
    expect(parse(ended["run.xml"]).cases[0]?.error?.[0]).toMatchObject({ "@type": verdict });
    const errors = [...tests, sampleTest({ milestone: "nodes", outcome: "error", failure })];
    const told = junitFiles(sampleRecord({ verdict, tests: errors }));
    expect(Object.keys(told)).toEqual(["steps.xml", "etcd.xml", "nodes.xml"]);
  },
);

test("a run that has no steps and passed leaves no empty folder either", () => {
  const files = junitFiles(sampleRecord({ command: "up", steps: [], tests: [] }));
  expect(counts(parse(files["run.xml"]).suites)).toEqual(["1", "0", "0", "0"]);
});
