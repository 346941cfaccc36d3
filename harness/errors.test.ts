import { expect, test } from "vitest";
import {
  ArtifactError,
  gravest,
  gravestExitCode,
  GuideFailure,
  HarnessDefect,
  InfrastructureError,
  Interrupted,
  NotPossibleHere,
  UsageError,
} from "./errors.ts";

test("of several failures the gravest decides, whatever their order: the guide's comes last", () => {
  const ordered = [
    new Interrupted("a signal"),
    new HarnessDefect("a defect"),
    new InfrastructureError("a machine"),
    new ArtifactError("a tarball"),
    new UsageError("a port"),
    new NotPossibleHere("a terminal"),
    new GuideFailure("a step"),
  ];
  for (const [index, error] of ordered.entries()) {
    const rest = ordered.slice(index);
    expect([gravest(rest), gravest(rest.toReversed())]).toEqual([error, error]);
  }
});

test("of equals the first decides; of none, nothing", () => {
  const [first, second] = [new GuideFailure("first"), new GuideFailure("second")];
  expect(gravest([first, second])).toBe(first);
  expect(gravest([])).toBeUndefined();
});

test("many runs end with the exit code of the gravest, which is not the largest", () => {
  expect(gravestExitCode([0, 1, 6, 4, 0])).toBe(4);
  expect(gravestExitCode([1, 6])).toBe(6);
  expect(gravestExitCode([5, 130])).toBe(130);
  expect(gravestExitCode([0, 0])).toBe(0);
  expect(gravestExitCode([])).toBe(0);
});

test("an exit code that is no verdict's, as of a program that was killed, is a defect, not green", () => {
  expect(gravestExitCode([0, 137, 0])).toBe(5);
  expect(gravestExitCode([127, 1])).toBe(5);
});
