import { expect, test } from "vitest";
import { InfrastructureError } from "../../errors.ts";
import { assertNothingLeft, describeResult } from "./down.ts";
import type { ResetResult } from "./restore/reset.ts";

const clean: ResetResult = { machine: "a", deeds: ["remove /k8s"], left: [], compared: true };
const dirty: ResetResult = {
  machine: "b",
  deeds: ["remove /k8s", "delete interface flannel.1"],
  left: ["place /k8s: was not there, is directory", "link flannel.1: was not there"],
  compared: true,
};

test("a host that is as it was says what was done, and that nothing is left", () => {
  expect(describeResult(clean)).toEqual(["a: remove /k8s", "a: nothing of the guide is left"]);
});

test("a host that could not be compared promises no more than was looked for", () => {
  expect(describeResult({ ...clean, compared: false })).toEqual([
    "a: remove /k8s",
    "a: nothing is left that certainly came from the guide; the host's earlier state is not known",
  ]);
});

test("what is left is said in the place of the promise", () => {
  expect(describeResult(dirty)).toEqual([
    "b: remove /k8s",
    "b: delete interface flannel.1",
    "b: place /k8s: was not there, is directory",
    "b: link flannel.1: was not there",
  ]);
});

const failing = (): void =>
  assertNothingLeft([clean, dirty, { ...dirty, machine: "c", left: ["rule x: is gone"] }]);

test("anything that is left on any host is an infrastructure error that names each", () => {
  expect(() => assertNothingLeft([])).not.toThrow();
  expect(() => assertNothingLeft([clean, { ...clean, compared: false }])).not.toThrow();
  expect(failing).toThrow(InfrastructureError);
  expect(failing).toThrow(
    /^Hosts are not as they were:\nb: place \/k8s: was not there, is directory\nb: link flannel\.1: was not there\nc: rule x: is gone$/,
  );
});
