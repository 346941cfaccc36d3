import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../harness/testing.ts";

const project = join(import.meta.dirname, "..");
const errors = JSON.stringify(join(project, "harness", "errors.ts"));
const words = JSON.stringify(join(project, "suites", "cluster", "expect", "expect.ts"));

const files: Record<string, string> = {
  "suites/etcd/etcd.test.ts": `
    import { GuideFailure, InfrastructureError } from ${errors}; import { expect as seen } from ${words};
    test("passes", { meta: { sections: ["2.4.5"] } }, ({ task }) => { task.meta.facts = { member: "ac829673d2b22824" }; seen(1, "1").toBe(1) });
    test("measures", async ({ annotate }) => {
      await annotate(JSON.stringify({ machine: "t72", values: { "memory of kubelet": 60.5 } }), "sample");
      await annotate("not for the run"); seen(1, "1").toBe(1);
    });
    test("asserts", () => { expect({ a: 1 }).toEqual({ a: 2 }) });
    test("blames the guide", () => {
      throw new GuideFailure("t71: exit 1", { machine: "t71", command: "false", exitCode: 1, hint: "Look." });
    });
    test("blames a machine", () => { expect.soft(1).toBe(2); throw new InfrastructureError("t72 is gone", { machine: "t72" }) });
    test("is a defect", () => { undefined.foo });
    test("hangs", { timeout: 50 }, () => new Promise(() => {}));
    test("is not this guide's", { meta: { limit: "it has no such thing" } }, () => { throw new Error("was run") });
    test("proves nothing", () => { for (const node of []) seen(node, "a node").toBe("Ready") });
    test("cannot be proved", ({ skip }) => { skip("collected after an hour") });
    describe("with a hook", () => {
      beforeAll(() => { throw new Error("no hook") });
      test("never starts", () => {});
    });
  `,
  "suites/csr/words.test.ts": `
    import { expect as seen, expectFields, expectList, lacking } from ${words};
    const masqueraded = "t76's pod comes from 10.254.10.0, not from 10.254.10.3: it is masqueraded";
    const long = "x".repeat(200);
    test("equal", () => { seen({ arrived: [{ from: long }] }, masqueraded).toEqual({ arrived: [{ from: "y" + long }] }) });
    test("match object", () => { expectFields("docker0 of t72", { mtu: "1500", mac: "a" }, { mtu: "1450" }) });
    test("list", () => { expectList("where etcd listens", ["*:2379"], ["10.0.0.5:2379"]) });
    test("contain", () => { seen(long, "the output has no z").toContain(long + "z") });
    test("not", () => { seen(0, "one byte more passes").not.toBe(0) });
    test("match", () => { seen("answered", "2379 without a certificate is answered").toMatch(/^refused/) });
    test("at least", () => { seen(1e-9, "the shares are not equal, p 1e-9").toBeGreaterThanOrEqual(1e-5) });
    test("lacking", () => { lacking("t72 has no client") });
  `,
  "suites/etcd/crash.test.ts": `import { expect as seen } from ${words}; test("crashes", () => { seen(1, "1").toBe(1) })`,
  "suites/nodes/heartbeat.test.ts": `
    import { inject } from ${JSON.stringify(import.meta.resolve("vitest"))};
    import { eventually } from ${JSON.stringify(join(project, "suites", "cluster", "waits", "eventually.ts"))};
    test("waits", async ({ task }) => {
      task.meta.facts = { milestones: inject("milestones").join() };
      await eventually(async () => 1, { describe: "it is 1", deadline: 1000, until: (one) => one === 1 });
    });
  `,
  "suites/flannel/a.test.ts": `throw new Error("cannot be loaded")`,
  "suites/apiserver/z.test.ts": `import { expect as seen } from ${words};
    test("second", () => { seen(1, "1").toBe(1); void Promise.reject(new Error("nobody waits")) })`,
};

const config = `
  import { EventsReporter } from ${JSON.stringify(join(project, "suites", "reporter.ts"))};
  import { sendToRun } from ${JSON.stringify(join(project, "suites", "run-channel.ts"))};
  import { MilestoneSequencer } from ${JSON.stringify(join(project, "suites", "sequencer.ts"))};
  export default { test: {
    globals: true, pool: "threads", maxWorkers: 1, isolate: false, include: ["suites/*/*.test.ts"],
    setupFiles: [${JSON.stringify(join(project, "suites", "setup.ts"))}],
    chaiConfig: { truncateThreshold: 0 }, includeTaskLocation: true,
    sequence: { sequencer: MilestoneSequencer }, reporters: [new EventsReporter(sendToRun)],
  } };`;

const lineSchema = z.looseObject({
  milestone: z.string(),
  name: z.string(),
  outcome: z.string(),
  failure: z.record(z.string(), z.unknown()).optional(),
});
type Line = z.infer<typeof lineSchema>;

const messageOf = (name: string): unknown => named(name)?.failure?.["message"];

/** First lines of the failures of suites/csr/words.test.ts, and what else is in them. */
const headlines: Readonly<Record<string, readonly [string, RegExp]>> = {
  equal: [
    "t76's pod comes from 10.254.10.0, not from 10.254.10.3: it is masqueraded",
    /"yx{200}"[^]*"x{200}"/,
  ],
  "match object": ["docker0 of t72: mtu is 1500, not 1450", /"1450"[^]*"1500"/],
  list: ["where etcd listens: *:2379 too much; 10.0.0.5:2379 missing", /"10\.0\.0\.5:2379"[^]*"\*:2379"/],
  contain: ["the output has no z", /^Expected: "x{200}z"\nReceived: "x{200}"$/m],
  not: ["one byte more passes", /^expected \+?0 not to be \+?0/m],
  match: ["2379 without a certificate is answered", /^\/\^refused\/$[^]*^"answered"$/m],
  "at least": [
    "the shares are not equal, p 1e-9",
    /^expected 1e-9 to be greater than or equal to 0\.00001$/m,
  ],
  lacking: ["t72 has no client", /^t72 has no client\nat /],
};

const folder = temporaryFolder();
const messages: Record<string, unknown>[] = [];
const lines: Line[] = [];
const named = (name: string): Line | undefined => lines.find((line) => line.name === name);

beforeAll(async () => {
  for (const [path, text] of Object.entries({ ...files, "vitest.config.ts": config })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const vitest = join(project, "node_modules", "vitest", "vitest.mjs");
  const options = {
    cwd: folder,
    reject: false,
    ipc: true,
    env: { VITEST: "", GUIDE_ORDER: "etcd,apiserver,flannel,csr" },
  } as const;
  const { ipcOutput } = await execa(process.execPath, [vitest, "run"], options);
  messages.push(...z.array(z.looseObject({ type: z.string() })).parse(ipcOutput));
  lines.push(
    ...messages.flatMap(({ type, record }) => (type === "record" ? [lineSchema.parse(record)] : [])),
  );
}, 180_000);

test("every test, and what went wrong outside of tests, is one line, in milestone order but for what crashes and what waits", () => {
  expect(lines.map(({ milestone, name, outcome }) => [milestone, name, outcome])).toEqual([
    ["etcd", "passes", "passed"],
    ["etcd", "measures", "passed"],
    ["etcd", "asserts", "failed"],
    ["etcd", "blames the guide", "failed"],
    ["etcd", "blames a machine", "error"],
    ["etcd", "is a defect", "error"],
    ["etcd", "hangs", "error"],
    ["etcd", "is not this guide's", "skipped"],
    ["etcd", "proves nothing", "error"],
    ["etcd", "cannot be proved", "skipped"],
    ["etcd", "with a hook > never starts", "skipped"],
    ["etcd", "(with a hook)", "error"],
    ["apiserver", "second", "passed"],
    ["flannel", "(suites/flannel/a.test.ts)", "error"],
    ...Object.keys(headlines).map((name) => ["csr", name, "failed"]),
    ["nodes", "waits", "passed"],
    ["etcd", "crashes", "passed"],
    ["suites", "(outside of all tests)", "error"],
  ]);
});

test("a suite knows from the beginning which milestones are to be run", () => {
  expect(named("waits")).toMatchObject({ facts: { milestones: "etcd,apiserver,flannel,csr,nodes" } });
});

test("all tests are named before they run, each record but those outside of tests has its test, and the end counts them", () => {
  const collected = messages.flatMap(({ type, tests }) => (type === "collected" ? [tests].flat() : []));
  const all = 14 + Object.keys(headlines).length;
  expect(collected).toHaveLength(all);
  expect(messages.filter(({ type, id }) => type === "record" && id !== undefined)).toHaveLength(all);
  expect(messages.at(-1)).toEqual({ type: "end", records: lines.length });
});

test("whether files are left to read is told with the tests of each, and each test as it begins", () => {
  const more = messages.flatMap((message) => (message["type"] === "collected" ? [message["more"]] : []));
  expect(more).toEqual([...Array.from({ length: more.length - 1 }, () => true), false]);
  const order = messages.flatMap(({ type, id }) => (typeof id === "string" ? [`${String(type)} ${id}`] : []));
  const begun = order.filter((one) => one.startsWith("begun "));
  expect(begun.length).toBeGreaterThan(20);
  for (const one of begun)
    expect(order.indexOf(one)).toBeLessThan(order.indexOf(one.replace("begun", "record")));
});

test("what a test measures is told while it goes on, before its record", () => {
  const told = messages.map(({ type, machine, values, record }) =>
    type === "record" ? lineSchema.parse(record).name : { type, machine, values },
  );
  const sample = { type: "sample", machine: "t72", values: { "memory of kubelet": 60.5 } };
  expect(told.filter((one) => typeof one === "object" && one.type === "sample")).toEqual([sample]);
  expect(told.indexOf("measures")).toBeGreaterThan(
    told.findIndex((one) => typeof one === "object" && one.type === "sample"),
  );
});

test("sections, facts and duration are kept", () => {
  expect(named("passes")).toMatchObject({
    sections: ["2.4.5"],
    facts: { member: "ac829673d2b22824" },
    durationMs: expect.any(Number),
  });
  expect(named("cannot be proved")).toMatchObject({ skipped: "collected after an hour" });
  expect(named("is not this guide's")).toMatchObject({ skipped: "it has no such thing" });
});

test("an assertion shows its difference and its line", () => {
  const failure = named("asserts")?.failure;
  expect(failure).toMatchObject({ verdict: "guide", location: { line: 8 } });
  expect(failure?.["message"]).toMatch(/"a": 2[^]*at .*suites\/etcd\/etcd\.test\.ts:8$/);
});

test.each(Object.entries(headlines))(
  "the headline of a failure is what was seen, not the matcher's sentence; both sides follow whole: %s",
  (name, [headline, both]) => {
    const message = String(messageOf(name));
    expect(message.split("\n", 1)[0]).toBe(headline);
    expect(message).toMatch(both);
    expect(message).toMatch(/\nat (?:\.\.\/)*[^\n]*suites\/csr\/words\.test\.ts:\d+$/);
  },
);

test("each test says where it stands", () => {
  const place = { file: expect.stringMatching(/suites\/etcd\/etcd\.test\.ts$/), line: 3, column: 5 };
  expect(named("passes")).toMatchObject({ location: place });
  expect(messages[0]).toMatchObject({
    tests: [{ name: "passes", location: place }, ...Array.from({ length: 10 }, () => ({}))],
  });
});

test("a HarnessError keeps verdict and details on its way from the worker", () => {
  expect(named("blames the guide")?.failure).toMatchObject({
    verdict: "guide",
    machine: "t71",
    command: "false",
    exitCode: 1,
    hint: "Look.",
  });
});

test("what does not blame the guide goes first", () => {
  const failure = named("blames a machine")?.failure;
  expect(failure).toMatchObject({ verdict: "infrastructure", machine: "t72" });
  expect(failure?.["message"]).toMatch(/^t72 is gone\n[^]*expected 1 to be 2/);
});

test("a defect of a suite and a test without an end blame the harness", () => {
  expect(named("is a defect")?.failure).toMatchObject({
    verdict: "harness",
    message: expect.stringMatching(/^TypeError: /),
  });
  expect(named("hangs")?.failure).toMatchObject({
    verdict: "harness",
    message: expect.stringContaining("timed out"),
    late: 50,
  });
});

test("a test that came to its end and has held nothing against anything blames the harness, too", () => {
  expect(named("proves nothing")?.failure).toMatchObject({
    verdict: "harness",
    message: expect.stringMatching(/^The test has proved nothing: /),
  });
});

test("a file that does not load and a rejection that nobody awaits are not lost", () => {
  expect(messageOf("(suites/flannel/a.test.ts)")).toContain("cannot be loaded");
  expect(messageOf("(with a hook)")).toContain("no hook");
  expect(messageOf("(outside of all tests)")).toContain("nobody waits");
});
