import { expect, test } from "vitest";
import { loadErrata } from "../../guide/edit/errata.ts";
import { projectRoot } from "../../host/paths.ts";
import type { FailureRecord, TestRecord } from "../../record/record.ts";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { blameStep, blameTests, reportOf, sentence } from "./blame.ts";

const ids = ["etcd-enable-typo", "etcd-unit-wantedby-typo", "docker-options-name", "node-folders-missing"];
const errata = await loadErrata(`${projectRoot}/fixtures/guide/errata`, ids);
const plan = await planOf({ ...defaultSettings, errata: ids });
const failureOf = (step: string, outputTail: string): FailureRecord => ({
  verdict: "guide",
  message: `${step}: ended with exit code 1`,
  step,
  machine: step.split("@")[1] ?? "",
  outputTail,
});

test.each([
  ["2.4.4/start-etcd@t71", "Unknown command verb enabel.", "etcd-enable-typo", true],
  [
    "2.4.4/start-etcd@t71",
    'unit: "multi-user.targe" is not a valid unit name.',
    "etcd-unit-wantedby-typo",
    true,
  ],
  ["2.4.4/start-etcd@t71", "something else", "etcd-enable-typo", false],
  ["2.4.3/etcd-unit@t71", "something else", "etcd-unit-wantedby-typo", false],
  ["2.4.5/check-etcd@t71", "something else", undefined, undefined],
])("%s with %j is %s", (step, output, id, asCatalogued) => {
  const blamed = blameStep(failureOf(step, output), errata, plan);
  expect([blamed?.erratum.id, blamed?.asCatalogued]).toEqual([id, asCatalogued]);
});

const red = (milestone: string): TestRecord => ({
  milestone,
  name: "docker0",
  sections: [],
  startMs: 0,
  durationMs: 0,
  outcome: "failed",
  facts: {},
  failure: { verdict: "guide", message: "docker0 has 172.17.0.1/16" },
});

test("a red milestone is the erratum that shows in it", () => {
  expect(blameTests([red("ping"), red("flannel")], errata)?.erratum.id).toBe("docker-options-name");
  expect(blameTests([red("ping")], errata)).toBeUndefined();
});

test("says what is to blame, and lists what was met and what was not", () => {
  const [met, ...left] = errata.map((erratum) => ({
    erratum,
    asCatalogued: true,
    where: "2.4.4/start-etcd@t71",
  }));
  const all = met === undefined ? [] : [met];
  expect(all.map(sentence)).toEqual([
    "This is the erratum etcd-enable-typo of section 2.4.4: as written `systemctl enabel etcd`, corrected `systemctl enable etcd`.",
  ]);
  expect(
    reportOf(
      all,
      left.map(({ erratum }) => erratum),
    ),
  ).toMatch(
    /fails 1 times:\n {2}1\. 2\.4\.4 etcd-enable-typo, at 2\.4\.4\/start-etcd@t71: .*\nNever met: .*node-folders-missing\.$/,
  );
});
