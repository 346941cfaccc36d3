import { expect, test } from "vitest";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { factsOf } from "./planned.ts";

test("a record has each change of the guide's text with its reason, and what of it was not run", async () => {
  const plan = await planOf({ ...defaultSettings, artifacts: "debian" });
  const { changed, dropped } = factsOf(plan);
  const by = Map.groupBy(changed, (one) => one.by);
  expect([...by.keys()]).toContain("debian12-versions");
  expect(changed.filter(({ reason }) => reason === "")).toEqual([]);
  expect(new Set(changed.map((one) => JSON.stringify(one))).size).toBe(changed.length);
  const notRun = dropped.filter((one) => one.by === "the guide");
  expect(notRun).toHaveLength(plan.accounting.skip ?? -1);
  expect(notRun[0]).toEqual({
    id: expect.stringMatching(/^fixtures\/guide\/guide\.md:\d+:1$/),
    by: "the guide",
    reason: expect.stringMatching(/./),
  });
});
