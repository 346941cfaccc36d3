import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { type Lineage, leadsTo } from "./lineage.ts";
import { temporaryFolder } from "../../../testing.ts";

const folder = temporaryFolder();
const guide = join(folder, "guide.md");
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

const git = async (...args: string[]): Promise<string> => {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
  return (await execa("git", [...identity, ...args], { cwd: folder })).stdout;
};
async function commit(text: string): Promise<string> {
  await writeFile(guide, text);
  await git("add", "guide.md");
  await git("commit", "--quiet", "-m", text);
  return git("rev-parse", "--short=12", "HEAD");
}
await git("init", "--quiet");
const first = await commit("first");
await git("checkout", "--quiet", "-b", "other");
const elsewhere = await commit("elsewhere");
await git("checkout", "--quiet", "-");
const second = await commit("second");

const run = (
  text: string,
  of: string,
  more: Partial<NonNullable<Lineage["inputs"]>> = {},
): Lineage & { readonly settings: object } => ({
  settings: { guide },
  commit: of,
  inputs: { guide: digest(text), ports: {}, errata: {}, edits: [], machines: "m", ...more },
});
const now = run("a draft of now", `${second}+`);

test.for<[string, Parameters<typeof leadsTo>[0], boolean]>([
  ["of an earlier commit", run("first", first), true],
  ["of this commit, beside other changes", run("second", `${second}+`), true],
  ["of the same text", run("a draft of now", "0000000+"), true],
  ["of another branch", run("elsewhere", elsewhere), false],
  ["that was a draft and is nowhere", run("a good draft", `${second}+`), false],
  [
    "that was a change that was tried",
    { ...run("first", first), change: { base: "HEAD", blocks: [], sections: [], guards: [] } },
    false,
  ],
  ["with an edit that this one has not", run("second", second, { edits: ["e"] }), false],
  ["with an erratum that this one has not", run("second", second, { errata: { typo: "d" } }), false],
  ["of another file", { ...run("second", second), settings: { guide: "/guides/other.md" } }, false],
])("a green guide %s: whether it leads to this one", async ([, earlier, leads]) => {
  expect(await leadsTo(earlier, now)).toBe(leads);
});

test("what has more edits is compared with what has less", async () => {
  const edited = run("second", second, { edits: ["a", "b"], errata: { typo: "d" } });
  expect(await leadsTo(run("second", second, { edits: ["a"] }), edited)).toBe(true);
});
