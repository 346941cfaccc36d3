import { createHash } from "node:crypto";
import { appendFile, cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { artifactInputs, planInputs } from "./inputs.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { temporaryFolder } from "../../testing.ts";

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
  await cp(join(projectRoot, "fixtures"), folder, { recursive: true });
});

const settings = () => ({
  ...defaultSettings,
  guide: join(folder, "guide/guide.md"),
  errata: ["etcd-enable-typo"],
  edits: [join(folder, "guide/mutants/third-node.yaml")],
});

test("inputs are digests of the very files the plan is made of", async () => {
  const inputs = await planInputs(settings());
  const guide = await readFile(join(folder, "guide/guide.md"));
  expect(inputs.guide).toBe(createHash("sha256").update(guide).digest("hex"));
  expect(Object.keys(inputs.ports)).toEqual(["embedded-os", "without-selinux", "debian12-versions"]);
  expect(Object.keys(inputs.errata)).toEqual(["etcd-enable-typo"]);
  expect(inputs.edits).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

test.each([
  ["guide", "guide/guide.md"],
  ["profile", "guide/profile.yaml"],
  ["ports", "guide/ports/embedded-os.yaml"],
  ["errata", "guide/errata/etcd-enable-typo.yaml"],
  ["edits", "guide/mutants/third-node.yaml"],
] as const)("a change of %s changes it and nothing else", async (name, file) => {
  const before = await planInputs(settings());
  await appendFile(join(folder, file), "\n# changed\n");
  const after = await planInputs(settings());
  expect(after[name]).not.toEqual(before[name]);
  expect({ ...after, [name]: before[name] }).toEqual(before);
});

test("another number of machines is another input", async () => {
  const before = await planInputs(settings());
  const { machines, ...others } = await planInputs({ ...settings(), nodes: 1 });
  expect(machines).not.toBe(before.machines);
  expect({ ...others, machines: before.machines }).toEqual(before);
});

test("artifacts are told by their digests", () => {
  expect(artifactInputs([{ name: "a.tar.gz", sha256: "ab", bytes: 1 }])).toEqual({ "a.tar.gz": "ab" });
});
