import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { temporaryFolder } from "../../testing.ts";
import { compare, differs } from "./change.ts";

const { guide } = defaultSettings;

test("a guide does not differ from its own file", async () => {
  const { base, blocks } = await compare(defaultSettings, guide);
  expect({ base, blocks }).toEqual({ base: guide, blocks: [] });
  expect(differs(await compare(defaultSettings, guide))).toBe(false);
});

test("a guide whose profile is another one differs: the suites go by that", async () => {
  const folder = temporaryFolder();
  await cp(join(projectRoot, "fixtures/guide"), folder, { recursive: true });
  const profile = join(folder, "profile.yaml");
  const text = await readFile(profile, "utf8");
  const against = { ...defaultSettings, guide: join(folder, "guide.md") };
  await writeFile(profile, `${text}# as before\n`);
  expect(differs(await compare(against, guide))).toBe(false);
  await writeFile(profile, text.replace("  dns: 10.254.0.10", "  dns: 10.254.0.11"));
  const compared = await compare(against, guide);
  expect(compared).toMatchObject({ blocks: [], profile: true });
  expect(differs(compared)).toBe(true);
});

test("a guide that downloads something else differs: no step says what is in a file", async () => {
  const folder = temporaryFolder();
  await cp(join(projectRoot, "fixtures/guide"), folder, { recursive: true });
  const against = { ...defaultSettings, guide: join(folder, "guide.md") };
  await writeFile(join(folder, "artifacts.yaml"), "- name: cni.tgz\n");
  const compared = await compare(against, guide);
  expect(compared).toMatchObject({ blocks: [], artifacts: true });
  expect(differs(compared)).toBe(true);
  expect(differs(await compare(against, against.guide))).toBe(false);
});

test("errata put back are part of the change, and its guards are named", async () => {
  const settings = { ...defaultSettings, errata: ["etcd-unit-wantedby-typo"] };
  const { blocks, guards, before, plan } = await compare(settings, guide);
  expect(blocks.map(({ id }) => id)).toContain("2.4.3/etcd-unit");
  expect(guards).toContain("etcd");
  expect(before.groups.length).toBe(plan.groups.length);
});

test.each([
  ["no-such-revision", 'no revision "no-such-revision"'],
  ["no-such-guide.md", 'no revision "no-such-guide.md", nor is there such a file'],
])("%s is neither a revision nor a guide", async (base, message) => {
  await expect(compare(defaultSettings, base)).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringContaining(message),
  });
});
