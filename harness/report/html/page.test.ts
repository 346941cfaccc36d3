import { createHash } from "node:crypto";
import { XMLParser } from "fast-xml-parser";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RunRecord } from "../../record/record.ts";
import type { PageContext } from "./context.ts";
import { page } from "./page.ts";
import { html } from "./document/markup.ts";
import {
  sampleContext,
  sampleBlame,
  sampleDrift,
  sampleFailure,
  sampleRecord,
  sampleStep,
  sampleTest,
} from "../sample.ts";

const pageOf = (record: RunRecord, changes: Partial<PageContext> = {}): string =>
  page(record, sampleContext(record, changes));

const withoutScript = (markup: string): string => markup.replace(/<script>[^]*<\/script>/u, "");

const textOf = (markup: string): string =>
  withoutScript(markup)
    .replaceAll(/<style>[^]*<\/style>|<[^>]*>/gu, " ")
    .replaceAll(/\s+/gu, " ");

const tagsOf = (markup: string): readonly string[] => markup.match(/<\/?[a-z!][\w-]*/giu) ?? [];

test("verdict and blame come first", () => {
  expect(textOf(pageOf(sampleRecord()))).toMatch(
    /^ Passed: e2e 20190401T101500-e2e-42 Passed Every step ran/u,
  );
  const failure = sampleFailure();
  const steps = [sampleStep({ outcome: "failed", failure })];
  expect(textOf(pageOf(sampleRecord({ verdict: "guide", failure, steps, tests: [] })))).toMatch(
    /The guide failed The guide is to blame[^]*2\.4\.4\/start-etcd@t71: ended with exit code 1 where it happened[^]*guide\.md:261[^]*systemctl enabel etcd[^]*Unknown operation[^]*See the guide&#39;s line[^]*No suite ran/u,
  );
});

test("the figures say how many tests passed; claims that no test names are a sentence, not a table", () => {
  const tests = [sampleTest(), sampleTest({ name: "b", outcome: "skipped", skipped: "not reached" })];
  const claims = ["a", "b"].map((id) => ({
    id,
    text: "It sings.",
    result: "not proved" as const,
    reason: "no test that names it ran",
    tests: [],
  }));
  const markup = pageOf(sampleRecord({ tests, claims }));
  expect(textOf(markup)).toContain(" 1 of 2 tests passed ");
  expect(textOf(markup)).toContain("The tests of this run name none of the guide's 2 claims.");
  expect(markup).not.toContain("no test that names it ran");
});

test("what decided comes before what only failed, too, and nothing of that is left out", () => {
  const lost = sampleFailure({ verdict: "infrastructure", message: "t72 is gone" });
  const record = sampleRecord({
    verdict: "infrastructure",
    failure: sampleFailure({ message: "exit code 1" }),
    otherFailures: [sampleFailure({ message: "exit code 2" })],
    tests: [sampleTest({ outcome: "error", failure: lost })],
  });
  expect(textOf(pageOf(record).split("<h2>Milestones</h2>")[0] ?? "")).toMatch(
    /etcd health: t72 is gone[^]*exit code 1[^]*exit code 2/u,
  );
});

test("failed tests are told at the top, each by whom it blames, what decided first", () => {
  const tests = [
    ...["expected", "two", "three"].map((name) =>
      sampleTest({ name, outcome: "failed", failure: sampleFailure({ message: name }) }),
    ),
    ...["four", "five"].map((name) =>
      sampleTest({ name, outcome: "error", failure: sampleFailure({ verdict: "harness", message: name }) }),
    ),
  ];
  const top = pageOf(sampleRecord({ verdict: "harness", tests })).split("<h2>Milestones</h2>")[0] ?? "";
  expect(top.match(/class="card fault \w+"/gu)).toEqual([
    'class="card fault harness"',
    'class="card fault harness"',
    'class="card fault guide"',
  ]);
  expect(textOf(top)).toContain("etcd health: expected");
  expect(textOf(top)).toContain("made by 2.4.4/start-etcd");
  expect(textOf(top)).toContain("2 more tests failed");
});

const rules = (name: string, load: string) =>
  sampleTest({
    name,
    outcome: "failed",
    failure: sampleFailure({ message: `no rules\nload ${load}`, late: 15_000 }),
  });

test("what several tests failed with is told once, and before what was waited for what was not", () => {
  const unit = sampleTest({
    name: "unit",
    outcome: "failed",
    failure: sampleFailure({ message: "it is down" }),
  });
  const tests = [rules("one", "1"), rules("two", "2"), unit, rules("three", "3"), rules("four", "4")];
  const top = textOf(pageOf(sampleRecord({ verdict: "guide", tests })).split("<h2>Milestones</h2>")[0] ?? "");
  expect(top).toMatch(/etcd health: it is down[^]*etcd health: no rules[^]*also[^]*two[^]*three[^]*four/u);
  expect(top.match(/no rules/gu)).toHaveLength(1);
  expect(top).not.toContain("more test");
});

test("the first suspect comes before what failed; blames that lead to it, too, are folded", () => {
  const red = sampleTest({ milestone: "flannel", outcome: "failed", failure: sampleFailure() });
  const [step] = sampleBlame().steps;
  const other = { ...step!, id: "4.2.4/docker-unit" };
  const blames = [sampleBlame(), sampleBlame({ of: "ping" }), sampleBlame({ of: "etcd", steps: [other] })];
  const markup = pageOf(sampleRecord({ verdict: "guide", tests: [red], blames }));
  const top = textOf(markup.split("<h2>Milestones</h2>")[0] ?? "");
  expect(top).toMatch(
    /Look first at 4\.1\/register-network on t71 [^]*guide\.md:885[^]*\+ 10\.253\.0\.0\/16[^]*flannel subnets: 2\.4\.4[^]*Blame: flannel subnets/u,
  );
  // It is told once, and again only of another.
  expect(top.match(/changed since the last green run: /gu)).toHaveLength(3);
  expect(markup.match(/<details[^>]*class="card fault guide"/gu)).toHaveLength(1);
  expect(textOf(/<details[^>]*fault[^]*?<\/summary>/u.exec(markup)?.[0] ?? "")).toContain(
    "Blame: cross-node pod ping: 1 red test: 4.1/register-network",
  );
});

test("milestones, steps, assists and what is not proved are all there", () => {
  const shown = textOf(pageOf(sampleRecord()));
  for (const part of [
    "etcd health proved 1 test",
    "a key survives a restart",
    "ac829673d2b22824",
    "2.4.4 Install etcd: Start",
    "start-etcd",
    "active",
    "artifact-cache",
    "No network.",
    "SELinux",
    "There is none.",
    "1.20.2",
  ]) {
    expect(shown).toContain(part);
  }
});

test("what a step has left running stands with it", () => {
  const steps = [sampleStep({ left: ["nohup sleep 7000 &"] })];
  expect(textOf(pageOf(sampleRecord({ steps })))).toContain(
    "left running in the background: nohup sleep 7000 &amp;",
  );
});

test("what failed is open, the rest is folded", () => {
  const failure = sampleFailure();
  const bad = pageOf(sampleRecord({ steps: [sampleStep({ outcome: "failed", failure })], tests: [] }));
  expect(bad.match(/<details[^>]* open/gu)).toHaveLength(2);
  expect(pageOf(sampleRecord())).not.toMatch(/<details[^>]* open/u);
});

test("each claim has its tests, and is proved or not", () => {
  const shown = pageOf(sampleRecord());
  expect(shown).toContain("1 of 2 claims proved");
  expect(shown).toMatch(/5\.1\/etcd-keeps-the-state[^]*a key survives a restart[^]*>proved</u);
  expect(shown).toMatch(/5\.1\/etcd-sings[^]*>not provable<[^]*Nobody hears it\./u);
});

test("each fault has what went on, what broke, and how long it took", () => {
  const fault = {
    name: "etcd of t71 killed",
    undone: 0.4,
    wentOn: ["pods of t72 answer on it"],
    broke: [{ what: "API reads", from: 0.1, until: 1.9 }],
  };
  const shown = pageOf(sampleRecord({ tests: [sampleTest({ fault })] }));
  expect(shown).toContain("1 fault<");
  expect(shown).toMatch(
    /etcd of t71 killed<[^]*>pods of t72 answer on it<[^]*>API reads: 0\.1 s to 1\.9 s<[^]*>0\.1 s<[^]*>0\.4 s<[^]*>1\.5 s</u,
  );
  expect(pageOf(sampleRecord())).not.toContain("<h2>Faults");
});

test("what was measured again and again is a line with its title, its values and what it grew by", () => {
  const shown = pageOf(sampleRecord({ tests: [sampleTest({ drift: sampleDrift(), outcome: "failed" })] }));
  expect(shown).toContain("1 measured series<");
  expect(shown).toMatch(
    /t72 memory of kubelet<[^]*role="img"[^]*<title>t72 memory of kubelet<\/title>\s*<desc>60 to 74 MiB, \+14 MiB an hour<[^]*<polyline points="2\.0,46\.0 /u,
  );
  expect(shown).toMatch(/>minute<[^]*>57\.0<[^]*>\+14 MiB<[^]*>5 MiB<[^]*>failed</u);
  const level = sampleDrift({
    samples: [
      [0, 7],
      [15, 7],
    ],
  });
  expect(pageOf(sampleRecord({ tests: [sampleTest({ drift: level })] }))).toContain(
    'points="2.0,24.0 238.0,24.0"',
  );
  expect(
    pageOf(sampleRecord({ tests: [sampleTest({ drift: sampleDrift({ samples: [] }) })] })),
  ).not.toContain("<polyline");
  expect(pageOf(sampleRecord())).not.toContain("<h2>Over time");
});

test("what went from hand to hand is a diagram, with the time of each hop", () => {
  const hops = [
    { from: "kubectl", to: "apiserver", what: "Deployment", atMs: 12.4 },
    { from: "kubelet", to: "Docker", what: "container", atMs: 700 },
  ];
  const shown = pageOf(sampleRecord({ tests: [sampleTest({ hops })] }));
  for (const actor of ["kubectl", "apiserver", "kubelet", "Docker"])
    expect(shown).toContain(`>${actor}</text>`);
  expect(shown).toContain(">12 ms</text>");
});

test("what is not as in the last green run stands where it belongs", () => {
  const green = sampleRecord({ id: "green-1", units: sampleBlame().units });
  const [step] = green.steps;
  const units = green.units?.map((unit) => ({ ...unit, active: "failed", sub: "failed" })) ?? [];
  const block = { id: step?.id ?? "", location: { file: "/g.md", line: 1 }, lines: ["- a", "+ b"] };
  const shown = textOf(
    pageOf(sampleRecord({ units }), {
      green: {
        record: green,
        difference: {
          run: "green-1",
          blocks: [{ ...block, kind: "changed" }],
          inputs: ["edits: 0 → 1"],
          durations: [`${step?.key} 1.2 s → 9.8 s`],
          units: ["flanneld on t72: active (running), disabled → failed (failed), disabled"],
        },
      },
    }),
  );
  expect(shown).toMatch(/Since the last green run green-1[^]*- a \+ b[^]*edits: 0 → 1[^]*1\.2 s → 9\.8 s/u);
  expect(shown).toContain("flanneld on t72 active (running), disabled → failed (failed), disabled");
  expect(shown).toMatch(/changed since the last green run[^]*was 1\.23 s/u);
  expect(pageOf(sampleRecord())).not.toContain("Since the last green run");
});

test("how busy the host was is told in a line", () => {
  const load = {
    cores: 2,
    load: 7,
    runnable: 5,
    stalled: { cpu: 81, memory: 1, io: 0 },
    stolen: 0,
    seconds: 74,
  };
  expect(pageOf(sampleRecord({ load }))).toContain(
    "load 7, 5 processes ready to run, 2 cores; work waited for a processor 81 %, for memory 1 %, for the disk 0 % of 74 s",
  );
});

test("nothing is loaded from elsewhere, and nothing runs but the page's own script", () => {
  const shown = pageOf(sampleRecord());
  const [, script = ""] = /<script>([^]*)<\/script>/u.exec(shown) ?? [];
  const digest = createHash("sha256").update(script).digest("base64");
  expect(shown.replaceAll("&#39;", "'")).toContain(
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'"`,
  );
  expect(shown.match(/<script/gu)).toHaveLength(1);
  expect(shown).not.toMatch(/<link|<img|<iframe|\bsrc=|https?:|url\(|@import/iu);
});

/** A run in which everything that can say something says `text`. */
function recordOf(text: string): RunRecord {
  const failure = sampleFailure({
    message: text,
    command: text,
    outputTail: text,
    unitJournal: text,
    hint: text,
    machine: text,
    step: text,
  });
  const failed = { outcome: "failed", failure } as const;
  return sampleRecord({
    id: text,
    command: text,
    provider: text,
    failure,
    versions: { [text]: text },
    sections: [{ number: "2.4.4", title: text }],
    assists: [{ id: text, reason: text, machine: text }],
    dropped: [{ id: text, by: text, reason: text }],
    cannotProve: [{ claim: text, reason: text }],
    claims: [
      {
        id: text,
        text,
        result: "not proved",
        reason: text,
        tests: [{ milestone: text, name: text, outcome: "skipped" }],
      },
    ],
    steps: [
      sampleStep({ machine: text, output: text, command: text, assists: [text], ...failed }),
      sampleStep({ command: text }),
    ],
    tests: [
      sampleTest({
        milestone: text,
        name: text,
        sections: [text],
        facts: { [text]: text },
        ...failed,
        hops: [{ from: text, to: text, what: text, atMs: 1 }],
      }),
      sampleTest({ facts: {} }),
    ],
    spans: [{ name: text, track: text, startMs: 0, durationMs: 1 }],
  });
}

test("every text is escaped, wherever it stands", () => {
  const parser = new XMLParser({ ignoreAttributes: false, htmlEntities: true });
  const nasty = fc.oneof(
    fc.constantFrom(
      "</pre><script>x</script>",
      '" onload="x',
      "<!--",
      "]]>",
      "&lt;",
      "\u001B[31m<b>",
      "</style>",
      "`${x}",
      "__proto__",
      "constructor",
    ),
    fc.string({ unit: "binary", minLength: 1 }),
  );
  const known = tagsOf(withoutScript(pageOf(recordOf("harmless\ntext"))));
  fc.assert(
    fc.property(nasty, (evil) => {
      const shown = withoutScript(pageOf(recordOf(evil)));
      expect(tagsOf(shown).filter((tag) => !known.includes(tag))).toEqual([]);
      expect(shown).not.toMatch(/ onload="/u);
      expect(() => void parser.parse(shown.replace("<!doctype html>", ""))).not.toThrow();
    }),
    { numRuns: 60 },
  );
});

test("a template escapes what it is given, and leaves out what is not there", () => {
  expect(html`<p title="${'"<&'}">${"a<b"}${undefined}${false}${[html`<i>${1}</i>`, "'"]}</p>`.text).toBe(
    '<p title="&quot;&lt;&amp;">a&lt;b<i>1</i>&#39;</p>',
  );
});
