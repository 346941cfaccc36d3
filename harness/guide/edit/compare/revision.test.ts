import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { beforeAll, expect, test } from "vitest";
import { guideAt, guideCommits } from "./revision.ts";
import { temporaryFolder } from "../../../testing.ts";

const root = temporaryFolder();
let guide = "";

const git = (...args: string[]) =>
  execa("git", ["-c", "user.name=Editor", "-c", "user.email=editor@example.org", ...args], { cwd: root });

async function commit(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  await git("add", ".");
  await git("commit", "--message", "Change the guide");
}

beforeAll(async () => {
  guide = join(root, "fixtures/guide/guide.md");
  await git("init", "--initial-branch=main");
  await commit({ "README.md": "before there was a guide" });
  await commit({ "fixtures/guide/guide.md": "one", "fixtures/errata/typo.yaml": "id: typo" });
  await git("rm", "--quiet", "-r", "fixtures/errata");
  await commit({
    "fixtures/guide/guide.md": "two",
    "fixtures/guide/profile.yaml": "claims: of then",
    "fixtures/guide/ports/centos.yaml": "name: centos",
    "fixtures/big.bin": "no part of a plan",
  });
  await writeFile(guide, "not committed");
  await writeFile(join(dirname(guide), "profile.yaml"), "claims: of now");
});

test("the guide of a revision comes with what lay beside it then, in one folder, and goes at the end", async () => {
  let file = "";
  {
    await using old = await guideAt(guide, "main~1");
    file = old.file;
    const { stdout } = await git("rev-parse", "main~1");
    expect(old.commit).toBe(stdout);
    const beside = dirname(file);
    expect(await readFile(file, "utf8")).toBe("one");
    expect(await readFile(join(beside, "errata/typo.yaml"), "utf8")).toBe("id: typo");
    expect(await readFile(join(beside, "profile.yaml"), "utf8"), "for want of one of then").toBe(
      "claims: of now",
    );
    expect(existsSync(join(beside, "ports"))).toBe(false);
  }
  expect(existsSync(dirname(dirname(file)))).toBe(false);
});

test("what is not committed, and what no plan is made of, is left out", async () => {
  await using now = await guideAt(guide, "HEAD");
  expect(await readFile(now.file, "utf8")).toBe("two");
  expect(existsSync(join(dirname(now.file), "ports/centos.yaml"))).toBe(true);
  expect(await readFile(join(dirname(now.file), "profile.yaml"), "utf8")).toBe("claims: of then");
  expect(existsSync(join(dirname(dirname(now.file)), "big.bin"))).toBe(false);
});

test("commits of the guide are those that touch it or what lies beside it, the oldest first", async () => {
  await git("checkout", "--quiet", "-b", "more");
  await commit({ "fixtures/guide/guide.md": "three" });
  await commit({ "README.md": "no guide" });
  await commit({ "fixtures/guide/errata/typo.yaml": "id: other" });
  const { stdout } = await git("log", "--format=%H", "main..more");
  const [errata, , guideAlone] = stdout.split("\n");
  const commits = await guideCommits(guide, "main", "more");
  expect(commits.map(({ hash }) => hash)).toEqual([guideAlone, errata]);
  expect(commits[0]).toMatchObject({
    date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    subject: "Change the guide",
  });
  await expect(guideCommits(guide, "more", "main")).rejects.toThrow("more does not come before main");
  await expect(guideCommits(guide, "more~2", "more~1")).rejects.toThrow("touches guide, errata, ports");
});

test("a good commit that came by a merge is refused: what is on the line before the merge was not made upon it", async () => {
  await git("checkout", "--quiet", "-b", "line", "main");
  await commit({ "fixtures/guide/guide.md": "a bug" });
  await git("checkout", "--quiet", "-b", "side");
  await commit({ "fixtures/guide/guide.md": "mended" });
  await git("checkout", "--quiet", "line");
  await commit({ "fixtures/guide/errata/other.yaml": "prose" });
  await git("merge", "--quiet", "--no-ff", "--message", "Merge", "side");
  await commit({ "fixtures/guide/guide.md": "another bug" });
  await expect(guideCommits(guide, "side", "line")).rejects.toThrow("side came to line by a merge");
  expect(await guideCommits(guide, "line~1", "line")).toHaveLength(1);
});

test.for([
  ["nowhere", 'no revision "nowhere"'],
  ["--all", 'no revision "--all"'],
  ["main~2", "main~2 has no guide/guide.md"],
])("%s is refused", async ([revision = "", message = ""]) => {
  await expect(guideAt(guide, revision)).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringContaining(message),
  });
});

test.for(["guide/guide.md", "nowhere/guide/guide.md"])("outside a repository %s is refused", async (name) => {
  const outside = temporaryFolder();
  await mkdir(join(outside, "guide"));
  await expect(guideAt(join(outside, name), "HEAD")).rejects.toMatchObject({
    verdict: "usage",
    message: expect.stringContaining("in no git repository"),
  });
});
