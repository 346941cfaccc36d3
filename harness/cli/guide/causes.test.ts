import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { checkGuide } from "../../guide/check/index.ts";
import { ownGuide } from "../../profile/profile.ts";
import { withCauses } from "./causes.ts";

let folder: string;
let guide: string;
let text: string;
const git = (...args: string[]) =>
  execa("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { cwd: folder });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causes-"));
  await cp(dirname(ownGuide), join(folder, "guide"), { recursive: true });
  guide = join(folder, "guide/guide.md");
  text = await readFile(guide, "utf8");
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "-m", "the guide");
});
beforeEach(() => writeFile(guide, text));
afterAll(() => rm(folder, { recursive: true }));

/** What is found once the guide is changed, each as rule, step and the ids of its causes. */
async function found(...edits: readonly (readonly [string, string])[]) {
  const changed = edits.reduce((all, [find, replace]) => all.replace(find, replace), text);
  expect(changed).not.toBe(text);
  await writeFile(guide, changed);
  const input = { guideFile: guide, ports: [], errata: [], extraEdits: [] };
  const { findings } = await withCauses(await checkGuide(input), input);
  return findings.map(({ rule, step, hint, causes }) => ({
    rule,
    step,
    hint,
    causes: causes?.map(({ id }) => id),
  }));
}

const settings = ["path=/k8s/etcd/cfg/etcd.conf", "path=/k8s/etcd/cfg/etcd.cfg"] as const;

test("a change is named where another step is its victim, with the nearest file and who wrote it", async () => {
  const findings = await found(settings);
  expect(findings).toHaveLength(1);
  expect(new Set(findings.map(({ step }) => step))).toEqual(new Set(["2.4.3/etcd-unit"]));
  for (const { hint, causes } of findings) {
    expect(causes).toEqual(["2.4.2/etcd-settings"]);
    expect(hint).toMatch(
      /there is no \/k8s\/etcd\/cfg\/etcd\.conf; it is set in \/k8s\/etcd\/cfg\/etcd\.cfg, written by 2\.4\.2\/etcd-settings$/,
    );
  }
});

test("of several changes those are named that speak of what the finding speaks of", async () => {
  const other = ["systemctl status etcd", "systemctl status etcd.service"] as const;
  const findings = await found(settings, other);
  expect(new Set(findings.flatMap(({ causes }) => causes ?? []))).toEqual(new Set(["2.4.2/etcd-settings"]));
});

test("a finding in what was changed itself, and one that was there before, name no change", async () => {
  expect(await found(["systemctl start etcd", "systemctl strat etcd"])).toMatchObject([
    { rule: "units/verb", causes: undefined },
  ]);
  await writeFile(guide, text.replace(...settings));
  await git("commit", "--quiet", "-a", "-m", "a defect");
  try {
    const findings = await found(settings, ["systemctl status etcd", "systemctl status etcd.service"]);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.flatMap(({ causes }) => causes ?? [])).toEqual([]);
  } finally {
    await git("reset", "--quiet", "--hard", "HEAD~1");
  }
});

test("outside a repository nothing is compared", async () => {
  const outside = await mkdtemp(join(tmpdir(), "causes-outside-"));
  try {
    await cp(join(folder, "guide"), join(outside, "guide"), { recursive: true });
    const file = join(outside, "guide/guide.md");
    await writeFile(file, text.replace(...settings));
    const input = { guideFile: file, ports: [], errata: [], extraEdits: [] };
    const report = await checkGuide(input);
    expect(await withCauses(report, input)).toEqual(report);
  } finally {
    await rm(outside, { recursive: true });
  }
});
