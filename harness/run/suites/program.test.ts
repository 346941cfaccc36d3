import { expect, test } from "vitest";
import { execa } from "execa";
import { Deadlines } from "../../deadlines.ts";
import { projectRoot } from "../../host/paths.ts";
import { ownGuide, loadProfile } from "../../profile/profile.ts";
import { testContext } from "../../testing.ts";
import { vitestProgram } from "./program.ts";

// To list tests takes seconds, and on a busy host many.
const patient = testContext({ deadlines: new Deadlines(100) });
const facts = { guide: ownGuide, machines: loadProfile(ownGuide).machines };

test("tests have the names under which they run, also those that are put together", async () => {
  const tests = await vitestProgram.list(["etcd", "csr"], facts, patient);
  expect(new Set(tests.map(({ milestone }) => milestone))).toEqual(new Set(["etcd", "csr"]));
  expect(tests.map(({ name }) => name)).toContain(
    "on 2379, clients without a certificate or with one of a foreign CA are refused",
  );
  expect(tests.filter(({ name }) => name.includes("${"))).toEqual([]);
});

test("the name of each test of the project chooses it and no other of its milestone", async () => {
  const milestones = Object.keys(loadProfile(ownGuide).milestones);
  const tests = await vitestProgram.list(milestones, facts, patient);
  expect(tests.length).toBeGreaterThan(60);
  for (const one of tests) {
    const pattern = new RegExp(vitestProgram.run([one.milestone], [one]).at(-1) ?? "");
    const matched = tests.filter(
      ({ milestone, name }) => milestone === one.milestone && pattern.test(name.replaceAll(" > ", " ")),
    );
    expect(matched).toEqual([one]);
  }
});

test("vitest leaves out all that is not chosen", async () => {
  const none = [{ milestone: "etcd", name: "no such (test)?" }];
  const { exitCode, stdout } = await execa(process.execPath, vitestProgram.run(["etcd"], none), {
    cwd: projectRoot,
  });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/Tests .*\d+ skipped/);
});
