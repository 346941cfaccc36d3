import { expect, test } from "vitest";
import { GuideFailure, InfrastructureError } from "../../errors.ts";
import { bootFailure } from "./boots.ts";

const away = (outputTail: string): InfrastructureError =>
  new InfrastructureError("t72 does not answer SSH", { machine: "t72", outputTail });

test.each([
  "[  OK  ] Reached target emergency.target - Emergency Mode.",
  "[  OK  ] Reached target Rescue Mode.",
  'You are in emergency mode. After logging in, type "journalctl -xb"',
  "Cannot open access to console, the root account is locked.",
  "[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs",
])("a boot that ended short is the guide's: %s", (line) => {
  const failure = bootFailure("t72", away(`first\n${line}\nlast`));
  expect(failure).toBeInstanceOf(GuideFailure);
  expect(failure?.message).toContain(line);
});

test("whatever else keeps a machine away is not", () => {
  expect(
    bootFailure("t72", away("[  OK  ] Reached target multi-user.target - Multi-User System.")),
  ).toBeUndefined();
  expect(bootFailure("t72", new Error("You are in emergency mode"))).toBeUndefined();
});
