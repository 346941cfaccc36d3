import { expect, test } from "vitest";
import type { PreparedSet } from "../../artifacts/set.ts";
import { buildPlan } from "../../guide/plan/plan.ts";
import type { Plan, Step } from "../../guide/types.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { guideMachines } from "../../profile/testing.ts";
import { checkpointKeys, type Origin } from "./keys.ts";

const plan = await buildPlan({
  guideFile: defaultSettings.guide,
  ports: ["embedded-os"],
  errata: [],
  extraEdits: [],
});
const origin: Origin = { provider: "nspawn", base: "1", machines: guideMachines, online: false };
const names = plan.groups
  .flatMap(({ steps }) => steps)
  .flatMap(({ downloads }) => downloads)
  .map((url) => url.slice(url.lastIndexOf("/") + 1));
const prepared: PreparedSet = {
  folder: "/set",
  files: [...names, "images.tar"].map((name) => ({ name, sha256: `of ${name}`, bytes: 1 })),
  images: "images.tar",
};
const keys = checkpointKeys(plan, origin, prepared);

/** Index of the first block whose key differs; -1 if all are the same. */
const firstOther = (other: ReadonlyMap<string, string>): number =>
  [...keys].findIndex(([id, key]) => other.get(id) !== key);

/** The plan with something else in one block. */
function changed(index: number, change: Partial<Step>): Plan {
  const { id = "", steps = [] } = plan.groups[index] ?? {};
  const group = { id, steps: steps.map((step) => Object.assign({}, step, change)) };
  return { ...plan, groups: plan.groups.with(index, group) };
}

test("every block has a key of its own", () => {
  expect(new Set(keys.values()).size).toBe(plan.groups.length);
});

test("what a step does changes its key and all later ones, and none before", () => {
  const other = checkpointKeys(changed(40, { action: { kind: "run", script: "true" } }), origin, prepared);
  expect(firstOther(other)).toBe(40);
  expect([...keys].slice(40).some(([id, key]) => other.get(id) === key)).toBe(false);
});

test("other packages for yum change all keys", () => {
  const packages = { folder: "/rpms", files: [{ name: "a.rpm", sha256: "1", bytes: 1 }], standIns: [] };
  expect(firstOther(checkpointKeys(plan, origin, { ...prepared, packages }))).toBe(0);
});

test("where a step stands in the text, and what it says of itself, change nothing", () => {
  const moved = changed(40, { location: { file: "other.md", line: 1 }, endLine: 2, section: "9.9" });
  expect(firstOther(checkpointKeys(moved, origin, prepared))).toBe(-1);
});

test("an expected output changes its key", () => {
  const expecting = plan.groups.findIndex(({ steps }) => steps.some(({ expect: shown }) => shown));
  const other = changed(expecting, { expect: { text: "other", location: { file: "", line: 1 } } });
  expect(firstOther(checkpointKeys(other, origin, prepared))).toBe(expecting);
});

test("another file under the same name changes the keys from its download on", () => {
  const last = plan.groups.findLastIndex(({ steps }) => steps.some(({ downloads }) => downloads.length > 0));
  const name = plan.groups[last]?.steps[0]?.downloads[0]?.split("/").at(-1) ?? "";
  const first = plan.groups.findIndex(({ steps }) =>
    steps.some(({ downloads }) => downloads.some((url) => url.endsWith(`/${name}`))),
  );
  const files = prepared.files.map((file) => (file.name === name ? { ...file, sha256: "other" } : file));
  expect(firstOther(checkpointKeys(plan, origin, { ...prepared, files }))).toBe(first);
});

test.for<Partial<Origin>>([
  { base: "2" },
  { provider: "vagrant" },
  { online: true },
  { machines: guideMachines.slice(0, 2) },
])("%j changes every key", (change) => {
  const other = checkpointKeys(plan, { ...origin, ...change }, prepared);
  expect([...keys].some(([id, key]) => other.get(id) === key)).toBe(false);
});
