import { expect, test } from "vitest";
import { placesOf } from "./places.ts";
import { sampleBlame, sampleFailure, sampleRecord, sampleStep, sampleTest } from "./sample.ts";

const stands = { file: "suites/etcd/etcd.test.ts", line: 3 };
const at = (file: string, line: number) => sampleFailure({ location: { file, line } });
const record = sampleRecord({ blames: [sampleBlame({ of: "etcd" })] });
const first = { file: "/guides/guide.md", line: 261, column: 1 };

test.each([
  ["green", sampleTest({ location: stands }), { guide: first, test: stands }],
  [
    "red, by its own assertion",
    sampleTest({ outcome: "failed", location: stands, failure: at("suites/etcd/etcd.test.ts", 9) }),
    { guide: { file: "/guides/guide.md", line: 885 }, test: { file: "suites/etcd/etcd.test.ts", line: 9 } },
  ],
  [
    "red, by what a helper threw",
    sampleTest({ outcome: "failed", location: stands, failure: at("suites/cluster/machine.ts", 60) }),
    { guide: { file: "/guides/guide.md", line: 885 }, test: stands },
  ],
  [
    "not the guide's fault",
    sampleTest({ outcome: "error", location: stands, failure: at("suites/cluster/machine.ts", 60) }),
    { test: stands },
  ],
  ["of nothing in the guide", sampleTest({ sections: ["9"] }), {}],
])("the places of a test that is %s", (_, one, places) => {
  expect(placesOf(one, record)).toEqual(places);
});

test("a section stands for those in it; what did not run has its place by the plan", () => {
  const plan = [
    sampleStep({ section: "2.5", location: { file: "g.md", line: 1 } }),
    sampleStep({ section: "2.4.5" }),
  ];
  const { guide } = placesOf(sampleTest({ sections: ["2.4"] }), { ...record, steps: [], plan });
  expect(guide).toEqual(first);
});
