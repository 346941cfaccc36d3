import { expect, test } from "vitest";
import { changeLines } from "./change.ts";
import { sampleRecord, sampleTest } from "../sample.ts";

const block = (id: string) => ({
  id,
  kind: "changed" as const,
  location: { file: "guide.md", line: 1 },
  lines: [],
});
const record = sampleRecord({ tests: [sampleTest({ milestone: "etcd" })] });
const tried = (guards: readonly string[], ...ids: string[]) =>
  changeLines({
    ...record,
    change: { base: "HEAD (1a2b)", blocks: ids.map(block), sections: ["4.1"], guards },
  });

test("a run that tries nothing says nothing of it", () => expect(changeLines(record)).toEqual([]));

test("what was tried and who guards it, with their worst word", () => {
  const [what, said] = tried(["etcd"], "4.1/a");
  expect(what).toBe("1 block not as in HEAD (1a2b): 4.1/a");
  expect(said).toMatch(/^guarded by .+: (passed|failed|error) after [\d.]+ (ms|s)$/);
});

test("of many blocks some are named; a milestone that did not run has not said anything", () => {
  expect(tried(["none"], "1/a", "1/b", "1/c", "1/d", "1/e")).toEqual([
    "5 blocks not as in HEAD (1a2b): 1/a, 1/b, 1/c, 1/d and 1 more",
    "guarded by none: not run",
  ]);
  expect(tried([], "1/a")[1]).toBe("no suite guards the changed sections");
});

test("each who guards it has a word of its own: what was skipped has no time, and others' green is not its own", () => {
  const change = {
    base: "HEAD (1a2b)",
    blocks: [block("1/a")],
    sections: ["1"],
    guards: ["etcd", "tls", "none"],
  };
  const skipped = "not reached: the run was ended";
  const tests = [...record.tests, sampleTest({ milestone: "tls", outcome: "skipped", skipped })];
  expect(changeLines({ ...record, change, tests })[1]).toMatch(
    /^guarded by etcd health: passed after [\d.]+ m?s; tls: skipped; none: not run$/,
  );
});

test("another profile is told beside the blocks, and alone: no section is named that suites would have to guard", () => {
  const change = { base: "HEAD (1a2b)", sections: [], guards: [], profile: true } as const;
  const both = changeLines({ ...record, change: { ...change, blocks: [block("1/a")] } });
  expect(both).toEqual(["1 block not as in HEAD (1a2b): 1/a; the profile is not as in HEAD (1a2b)"]);
  expect(changeLines({ ...record, change: { ...change, blocks: [] } })).toEqual([
    "the profile is not as in HEAD (1a2b)",
  ]);
  const list = { base: "HEAD (1a2b)", blocks: [], sections: [], guards: [], artifacts: true } as const;
  expect(changeLines({ ...record, change: list })).toEqual(["artifacts.yaml is not as in HEAD (1a2b)"]);
});
