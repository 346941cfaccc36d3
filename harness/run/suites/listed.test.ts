import { expect, test } from "vitest";
import { Deadlines } from "../../deadlines.ts";
import { ownGuide } from "../../profile/profile.ts";
import { guideMachines } from "../../profile/testing.ts";
import { testContext } from "../../testing.ts";
import { vitestProgram } from "./program.ts";

const [master, node] = guideMachines;
const machines = [master!, { ...node!, name: "n1", address: "10.0.0.9" }];

test("tests that will not run have the names that they would have on the run's machines, and their places", async () => {
  const milestones = ["csr", "etcd"];
  const all = await vitestProgram.list(
    milestones,
    { guide: ownGuide, machines },
    testContext({ deadlines: new Deadlines(100) }),
  );
  expect(all).toContainEqual({
    milestone: "csr",
    name: "10.0.0.9 could ask again with its bootstrap.kubeconfig",
    location: { file: "suites/csr/csr.test.ts", line: expect.any(Number), column: expect.any(Number) },
  });
  expect(all.map(({ name }) => name).filter((name) => /\$\{/.test(name))).toEqual([]);
  expect(new Set(all.map(({ milestone }) => milestone))).toEqual(new Set(milestones));
});
