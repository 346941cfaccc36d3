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

test("two tests that fail in the same way are both told", () => {
  const failures = told();
  const [one, other] = ["a", "b"].map((text) => failures.text(failure, [{ name: "test", text }]));
  expect(one).toContain("test         a\n");
  expect(other).toContain("test         b\n");
});
