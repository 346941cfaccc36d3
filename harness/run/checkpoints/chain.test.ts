import { expect, test, vi } from "vitest";
import { buildPlan } from "../../guide/plan/plan.ts";
import type { Checkpoints, Provider } from "../../machines/machine.ts";
import { nspawn } from "../../machines/nspawn/provider.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { savePoints } from "./chain.ts";

let inPlace: Pick<Checkpoints, "inPlace"> = {};
const savable = (): Provider =>
  nspawn.checkpoints ? { ...nspawn, checkpoints: { ...nspawn.checkpoints, ...inPlace } } : nspawn;
vi.mock(import("../../machines/index.ts"), async (original) => ({
  ...(await original()),
  provider: () => savable(),
}));

const plan = await buildPlan({
  guideFile: defaultSettings.guide,
  ports: ["embedded-os"],
  errata: [],
  extraEdits: [],
});

test("a run saves its machines after each section", () => {
  inPlace = {};
  expect(savePoints(plan, defaultSettings, { keep: false }).size).toBeGreaterThan(40);
});

test("where a checkpoint is a part of its cluster, larger sections are worth it, for a cluster that stays", () => {
  inPlace = { inPlace: true };
  const further = ["2.4.4/start-etcd"];
  expect([...savePoints(plan, defaultSettings, { keep: true, further })]).toEqual(
    expect.arrayContaining([...further, "4.2.6/show-nodes"]),
  );
  expect(savePoints(plan, defaultSettings, { keep: true }).size).toBeLessThan(20);
  expect(savePoints(plan, defaultSettings, { keep: false }).size).toBe(0);
  expect(() => savePoints(plan, defaultSettings, { keep: false, further })).toThrow("go with their cluster");
});
