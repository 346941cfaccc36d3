import { expect, test } from "vitest";
import { Serial } from "./serial.ts";

/** Runs what a test does as vitest would: what it is skipped with, or `failed`, or what it gives. */
async function ran<T>(
  work: (test: Parameters<ReturnType<Serial["group"]>["begin"]>[0]) => T | Promise<T>,
  cutsPower = true,
): Promise<unknown> {
  const whenFailed: (() => void)[] = [];
  let skipped: string | undefined;
  const skip = (note: string): never => {
    skipped = note;
    throw new Error("skipped");
  };
  try {
    return await work({
      cluster: { cutsPower },
      skip,
      onTestFailed: (listener) => void whenFailed.push(listener),
    });
  } catch {
    if (skipped !== undefined) return `skipped: ${skipped}`;
    for (const listener of whenFailed) listener();
    return "failed";
  }
}
const fails = (): never => {
  throw new Error("red");
};

test("tests of a group are given what its first test saw", async () => {
  const group = new Serial("red after").group<number>("reboot", "no end");
  expect(await ran((one) => group.begin(one, true, async () => 7))).toBe(7);
  expect(await ran(group.outcome)).toBe(7);
});

test("a group whose first test fails skips its others, and all of later groups", async () => {
  const serial = new Serial("red after");
  const [first, second] = ["reboot", "power cut"].map((name) => serial.group(name, `no end of ${name}`));
  expect(await ran((one) => first?.begin(one, false, fails))).toBe("failed");
  expect(await ran((one) => first?.outcome(one))).toBe("skipped: no end of reboot");
  expect(await ran((one) => second?.begin(one, false, fails))).toBe("skipped: red after reboot");
  expect(await ran((one) => second?.outcome(one))).toBe("skipped: red after reboot");
});

test("a later test that fails skips later groups, but no test of its own", async () => {
  const serial = new Serial("red after");
  const [first, second] = ["reboot", "power cut"].map((name) => serial.group<number>(name, "no end"));
  expect(await ran((one) => first?.begin(one, false, async () => 7))).toBe(7);
  expect(await ran((one) => [first?.outcome(one), fails()])).toBe("failed");
  expect(await ran((one) => first?.outcome(one))).toBe(7);
  expect(await ran((one) => second?.begin(one, false, async () => 8))).toBe("skipped: red after reboot");
});

test("tests of a group whose first test was left out are skipped with that reason", async () => {
  const group = new Serial("red after").group<number>("reboot of t71", "no end");
  expect(await ran(group.outcome)).toBe("skipped: the test that makes it was left out: reboot of t71");
});

test("where nobody can cut the power the group is skipped, and the next is not", async () => {
  const serial = new Serial("red after");
  const [cut, reboot] = ["power cut", "reboot"].map((name) => serial.group<number>(name, "no end"));
  const reason = "skipped: nobody can cut the power of these machines";
  expect(await ran((one) => cut?.begin(one, true, async () => 7), false)).toBe(reason);
  expect(await ran((one) => cut?.outcome(one), false)).toBe(reason);
  expect(await ran((one) => reboot?.begin(one, false, async () => 8), false)).toBe(8);
});
