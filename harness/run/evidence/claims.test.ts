import { expect, test } from "vitest";
import { sampleFailure, sampleTest } from "../../report/sample.ts";
import { judgeClaims, statedClaims } from "./claims.ts";

const location = { file: "guide.md", line: 1 };
const stated = [{ id: "5/a", text: "A is so." }];
const passed = sampleTest({ claims: ["5/a"] });
const failed = sampleTest({ claims: ["5/a"], name: "other", outcome: "failed", failure: sampleFailure() });
const broken = sampleTest({ claims: ["5/a"], outcome: "error", failure: sampleFailure() });
const skipped = sampleTest({ claims: ["5/a"], outcome: "skipped", skipped: "one node" });
const stranger = sampleTest({ claims: ["5/b"] });

const judged = (...tests: Parameters<typeof judgeClaims>[1]) => {
  const [{ result, reason } = expect.unreachable()] = judgeClaims(stated, tests);
  return reason === undefined ? result : `${result}: ${reason}`;
};

test("a test that passed proves what it names, and one that failed refutes it", () => {
  expect(judged(stranger, passed)).toBe("proved");
  expect(judged(passed, failed)).toBe("refuted");
});

test("whatever did not look is no proof", () => {
  expect(judged(stranger)).toBe("not proved: no test that names it ran");
  expect(judged(skipped)).toBe("not proved: one node");
  expect(judged(broken, passed)).toBe("not proved: a test that names it could not look");
  expect(judged(passed, skipped)).toBe("not proved: 1 of 2 of its tests were left out");
  expect(judged(passed, skipped, failed)).toBe("refuted");
});

test("a claim has its tests, with their outcomes", () => {
  expect(judgeClaims(stated, [passed, skipped])).toEqual([
    {
      id: "5/a",
      text: "A is so.",
      result: "not proved",
      reason: "1 of 2 of its tests were left out",
      tests: [
        { milestone: "etcd", name: passed.name, outcome: "passed" },
        { milestone: "etcd", name: skipped.name, outcome: "skipped" },
      ],
    },
  ]);
});

test("why none can prove it is the profile's word", () => {
  const claims = statedClaims(
    { claims: [{ id: "5/a", text: "A is so.", location }] },
    { unprovable: { "5/a": "Nobody hears it." } },
  );
  expect(judgeClaims(claims, [])).toMatchObject([{ result: "not provable", reason: "Nobody hears it." }]);
});
