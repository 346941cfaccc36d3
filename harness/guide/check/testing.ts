import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../host/paths.ts";
import { giveProfile } from "../../profile/testing.ts";
import { readText } from "../../input/yaml-file.ts";
import { temporaryFolder } from "../../testing.ts";
import { checkGuide } from "./index.ts";
import { levelOf, type RuleId } from "./rules.ts";

const fixtures = join(projectRoot, "fixtures/guide");
const guideFile = join(fixtures, "guide.md");

export const guide = await readText(guideFile);

/** Checks the project's guide, or another one. */
export const check = (
  input: { guideFile?: string; ports?: string[]; errata?: string[]; extraEdits?: string[] } = {},
) => checkGuide({ guideFile, ports: [], errata: [], extraEdits: [], ...input });

/** A guide with this text, and the errata and ports of the project beside it if asked for. */
export async function copyOf(text: string, beside = false): Promise<string> {
  const folder = temporaryFolder();
  await mkdir(join(folder, "guide"));
  await giveProfile(join(folder, "guide"), {
    kept: text.includes("id=token-file"),
    claims: text.includes("`claim:"),
  });
  if (beside) {
    for (const name of ["errata", "ports"]) await symlink(join(fixtures, name), join(folder, "guide", name));
  }
  await writeFile(join(folder, "guide/guide.md"), text);
  return join(folder, "guide/guide.md");
}

export const caret = "\u2038";

/** `line:column` of the caret's place, in a text without it. */
export function placeOf(text: string, marked: string): string {
  const wanted = marked.replace(caret, "");
  const [at, again] = [text.indexOf(wanted), text.lastIndexOf(wanted)];
  expect(at, `${wanted} is there once`).toBe(again);
  expect(at).toBeGreaterThan(-1);
  const before = text.slice(0, at + marked.indexOf(caret)).split("\n");
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** What is found in the project's guide with another text. */
export async function findingsIn(text: string) {
  const { findings } = await check({ guideFile: await copyOf(text.replace(caret, "")) });
  return findings;
}

/** The check of a guide of these lines, of which the first is line 5. */
export const checkLines = async (...lines: string[]) =>
  check({ guideFile: await copyOf(["# G", "", "## 1 A", "", ...lines].join("\n")) });

export const foundIn = async (...lines: string[]) => (await checkLines(...lines)).findings;

/** Expects these rules' findings and no others, the first of them where the caret stands in `replace`. */
export async function expectFound(text: string, replace: string, found: readonly RuleId[]): Promise<void> {
  const findings = await findingsIn(text);
  expect(findings.map(({ rule }) => rule).toSorted()).toEqual(found.toSorted());
  const first = findings.find(({ rule }) => rule === found[0]);
  if (!first || !replace.includes(caret)) return;
  expect(`${first.location.line}:${first.location.column}`).toBe(placeOf(text.replace(caret, ""), replace));
  expect(first.level).toBe(levelOf(first.rule));
  expect(first.hint).not.toBe("");
}

/** An edit of the project's guide: what is found, and where the caret stands; no rule where it is accepted. */
export type Edit = readonly [name: string, find: string, replace: string, ...found: RuleId[]];

export function testEdits(edits: readonly Edit[]): void {
  test.each(edits.map((row) => [row[0], row] as const))("%s", async (_, [, find, replace, ...found]) => {
    expect(guide.split(find), `${find} is in the guide once`).toHaveLength(2);
    await expectFound(
      guide.replace(find, () => replace),
      replace,
      found,
    );
  });
}
