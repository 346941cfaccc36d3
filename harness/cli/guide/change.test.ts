import { expect, test } from "vitest";
import { defaultSettings } from "../../settings/settings.ts";
import { compare } from "./change.ts";

const { guide } = defaultSettings;

test("a guide does not differ from its own file", async () => {
  const { base, blocks } = await compare(defaultSettings, guide);
  expect({ base, blocks }).toEqual({ base: guide, blocks: [] });
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
  ["no-such-guide.md", 'no revision "no-such-guide.md"'],
])("%s is neither a revision nor a guide", async (base, message) => {
  await expect(compare(defaultSettings, base)).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringContaining(message),
  });
});
