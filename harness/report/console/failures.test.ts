import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { sampleFailure } from "../sample.ts";
import { Failures } from "./failures.ts";

const told = (): Failures => new Failures(new Chalk({ level: 0 }));
const step = "3.3.3/start@t72";
const failure = sampleFailure({ step, machine: "t72", message: `${step}: ended with exit code 1` });
const more = { ...failure, message: `${failure.message}; kube-proxy did not stay up: failed` };

test("what is new of a failure that was told is a line, and nothing is told twice", () => {
  const failures = told();
  expect(failures.text(failure)).toMatch(/^✗ The guide failed: .* exit code 1\n {2}step /);
  expect(failures.text(more)).toBe(`✗ The guide failed: ${more.message}`);
  expect(failures.text(more), "a step that waited for it ends with it").toBe("");
  expect(failures.has(failure) && failures.has(more)).toBe(true);
});

test("a failure that is somebody else's fault now is told whole", () => {
  const failures = told();
  failures.text(failure);
  const other = { ...more, verdict: "infrastructure" as const };
  expect(failures.text(other)).toMatch(/^✗ The infrastructure failed: .*\n {2}step /);
});

test("a step that is run again and fails again is told again", () => {
  const failures = told();
  const first = failures.text(failure);
  failures.begins(step);
  expect(failures.text(failure)).toBe(first);
});

test("of tests that fail in the same way the first is told, the others named", () => {
  const failures = told();
  const [one, other] = ["a", "b"].map((text) => failures.text(failure, [{ name: "test", text }]));
  expect(one).toContain("test         a\n");
  expect(other).toBe("✗ Red, as above: b");
  expect(failures.text({ ...failure, message: "c" }, [{ name: "test", text: "d" }])).toContain(
    "test         d\n",
  );
});

test("while suites run, a red test says what was seen, and nobody is blamed yet", () => {
  const failures = told();
  const text = failures.text(failure, [{ name: "test", text: "a" }]);
  expect(text).toMatch(/^✗ Red: 3\.3\.3\/start@t72: ended with exit code 1\n/);
  expect(text).toContain("fault        is judged at the end of the run");
  expect(text).not.toMatch(/The guide/);
  const shared = { ...failure, verdict: "usage" as const, message: "no", besideGuide: ["a shell"] };
  expect(failures.text(shared, [])).toMatch(/^✗ Red: no\n[^]*is judged at the end of the run/);
  const lost = { ...failure, verdict: "infrastructure" as const, message: "t72 is away" };
  expect(failures.text(lost, [])).toMatch(/^✗ The infrastructure failed: /);
});

test("a long observation of several tests is told once", () => {
  const failures = told();
  const table = Array.from({ length: 25 }, (_, row) => `pod-${row}  Running`).join("\n");
  const [first, second] = ["a", "b"].map((name) =>
    failures.text(
      { ...failure, message: `${name} is not there:\n${table}\n(asked 3 times in ${name} s)` },
      [],
    ),
  );
  expect(first).toContain("pod-24");
  expect(second).not.toContain("pod-");
  expect(second).toContain("b is not there:\n    (25 lines as above)\n    (asked 3 times in b s)");
  const third = failures.text({ ...failure, message: "c is red", outputTail: table }, []);
  expect(third).toContain("output\n    … 10 lines before\n    (15 lines as above)");
});

test("an install bug that does not show is told as such, and no guide is blamed for it", () => {
  const failures = told();
  failures.of("repro");
  const text = failures.text({ verdict: "guide", message: "a-typo was not reproduced: expected a, seen b" });
  expect(text).toMatch(/^✗ Not reproduced: a-typo was not reproduced: expected a, seen b\n/);
  expect(text).toContain("broken on purpose");
  expect(text).not.toContain("The guide is to blame");
});
