import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildPlan } from "../../guide/plan/plan.ts";
import { nspawn } from "../../machines/nspawn/provider.ts";
import { testSpec } from "../../machines/nspawn/testing.ts";
import { giveProfile } from "../../profile/testing.ts";
import { silent } from "../../progress.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { testContext, temporaryFolder } from "../../testing.ts";
import { applyGuide } from "./apply-guide.ts";
import { forgetClusterState, saveClusterState } from "../cluster/state.ts";
import { Run } from "../run.ts";
import { context as contextOf } from "../testing.ts";

/* Blocks that end with a reboot, on a machine that does. */
const context = testContext();
const id = "test-reboot";
const machines = testSpec(id, "").machines.slice(0, 1);
const folder = temporaryFolder();
const guideFile = join(folder, "guide/guide.md");

beforeEach(async () => {
  await nspawn.prepare(silent, context);
  await nspawn.down(id, silent, context);
  await nspawn.up({ ...testSpec(id, folder), machines }, silent, context);
});
afterEach(async () => {
  await nspawn.down(id, silent, context);
  await forgetClusterState(id);
});

/** Applies blocks of commands on t71; what each printed, or what they failed with. */
async function applied(...scripts: string[]): Promise<unknown> {
  const blocks = scripts.map((script, at) => `\`\`\`bash run id=step-${at} on=t71\n${script}\n\`\`\`\n`);
  await mkdir(join(folder, "guide"), { recursive: true });
  await giveProfile(join(folder, "guide"));
  await writeFile(guideFile, `# G\n## 1 A\n\n${blocks.join("\n")}`);
  const plan = await buildPlan({ guideFile, ports: [], errata: [], extraEdits: [] });
  const settings = { ...defaultSettings, cluster: id, provider: "nspawn", guide: guideFile };
  const versions = { kubernetes: "1.14.0", etcd: "3.3.10", flannel: "0.14.0" };
  const state = {
    id,
    settings,
    versions,
    ports: [],
    machines: [...machines],
    images: "",
    kept: false,
    places: {},
  };
  await saveClusterState({ ...state, applied: undefined });
  const { recorder } = contextOf({});
  const run = new Run(settings, recorder, context, folder);
  try {
    await applyGuide(run, plan, plan, {});
    return recorder.steps.map(({ output }) => output.trim());
  } catch (failure) {
    return failure;
  } finally {
    await run.machines.end("never", false, context);
  }
}

test("a step that ends with a reboot ends with the machine back: its disk as it was, its memory and its shell as new", async () => {
  const show = "pwd; cat /root/word; ls /run/word 2>/dev/null || echo 'no /run/word'; echo \"${A:-no A}\"";
  const before = "cd /tmp\nexport A=1\necho kept > /root/word\necho lost > /run/word";
  expect(await applied(`${before}\nreboot`, "reboot", show)).toEqual([
    "",
    "",
    "/root\nkept\nno /run/word\nno A",
  ]);
});

test("a reboot that does not end where one can log in is the guide's, with the console", async () => {
  expect(await applied("systemctl set-default emergency.target\nsystemctl reboot")).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(
      /^1\/step-0@t71: t71 does not come back from its reboot: its console says/,
    ),
    details: { step: "1/step-0@t71", location: { line: 4 } },
  });
});

test("one that the machine refuses is the guide's, at once", async () => {
  const refused = "systemctl mask --now reboot.target >/dev/null 2>&1\nsystemctl reboot";
  expect(await applied(refused)).toMatchObject({
    verdict: "guide",
    message: expect.stringMatching(/exit code/),
  });
});
