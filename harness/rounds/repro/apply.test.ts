import { expect, test } from "vitest";
import { defaultSettings, planOf } from "../../settings/settings.ts";
import { DoneBlocks, stepsAsked, upTo } from "./apply.ts";

const corrected = await planOf(defaultSettings);
const written = await planOf({
  ...defaultSettings,
  errata: ["etcd-unit-wantedby-typo", "etcd-certificates-not-copied"],
});

test("what a correction leaves to do is the corrected step and what was never done", () => {
  const progress = new DoneBlocks();
  progress.done(upTo(written, "2.4.3"));
  const pending = progress.pending(upTo(corrected, "2.4.4/start-etcd"));
  expect(pending.map(({ id }) => id)).toEqual(["2.4.3/etcd-unit", "2.4.4/start-etcd"]);
});

test("a step that was left out is to be done, and what follows as it stands is not done again", () => {
  const progress = new DoneBlocks();
  progress.done(written.groups);
  const pending = progress.pending(corrected.groups);
  expect(pending.map(({ id }) => id)).toEqual(["2.4.3/etcd-unit", "3.2.2/copy-etcd-certificates"]);
});

const came = (id: string, outcome: "passed" | "failed") => ({ id, outcome });

test("after a failure that was known late, what passed meanwhile is not done again", () => {
  const progress = new DoneBlocks();
  progress.failed(upTo(corrected, "3.2.10/list-issued"), [
    came("3.2.9/start-kubelet", "failed"),
    came("3.2.9/start-kubelet", "passed"),
    came("3.2.10/list-requests", "passed"),
  ]);
  const pending = progress.pending(upTo(corrected, "3.2.10/list-issued")).map(({ id }) => id);
  expect(pending.at(0)).toBe("3.2.9/start-kubelet");
  expect(pending).not.toContain("3.2.10/list-requests");
  expect(pending.at(-1)).toBe("3.2.10/list-issued");
});

test("a guide is cut after a step, after a section with all in it, or not at all", () => {
  expect(upTo(corrected, "2.3.1/ca-config").at(-1)?.id).toBe("2.3.1/ca-config");
  expect(upTo(corrected, "2.4").at(-1)?.id).toBe("2.4.5/check-etcd");
  expect(upTo(corrected, undefined)).toEqual(corrected.groups);
});

test("how many steps there are counts those that are done, and not those that a checkpoint has", () => {
  const groups = upTo(corrected, "2.1/fetch-archives");
  const after = groups.at(-3)?.id;
  const left = groups.slice(-2).flatMap(({ steps }) => steps).length;
  expect(stepsAsked(groups, [])).toBe(groups.flatMap(({ steps }) => steps).length);
  expect(stepsAsked(groups, [], after)).toBe(left);
  const done = [came("1/package-sources", "passed"), { id: "2.1/x", outcome: "skipped" as const }];
  expect(stepsAsked(groups, done, after)).toBe(left + 1);
});
