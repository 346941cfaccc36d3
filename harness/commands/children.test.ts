import { expect, test } from "vitest";
import { defaultSettings, type Settings } from "../run/settings.ts";
import { optionsOf } from "./children.ts";
import { command, settingsOf, withSettings } from "./command.ts";

const others: Settings = {
  cluster: "other",
  provider: "inventory",
  inventory: "/hosts.yaml",
  adopt: true,
  artifacts: "guide",
  guide: "/other/guide/guide.md",
  errata: ["etcd-enable-typo", "flannel-endpoint-comma"],
  edits: ["/one.yaml", "/two.yaml"],
  nodes: 5,
  online: true,
  patience: 2.5,
};

test.each([
  ["the usual ones", defaultSettings],
  ["all others", others],
])("a workflow understands settings that are handed on: %s", async (_, settings) => {
  const workflow = withSettings(command("any", "any"));
  workflow.parse(optionsOf(settings), { from: "user" });
  expect((await settingsOf(workflow.opts())).settings).toEqual(settings);
});
