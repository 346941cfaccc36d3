import { createHash } from "node:crypto";
import { execa } from "execa";
import { projectRoot } from "../host/paths.ts";

/** What rounds write into the tree themselves, relative to the project: no result depends on it. */
export const written = {
  ablation: "docs/ablation.md",
  errata: "docs/errata.md",
  proofs: "fixtures/guide/errata/proved.json",
} as const;

/** The commit of a tree that is no repository: nobody can say whether two are the same. */
export const unknownCommit = "unknown";

/** SHA-256 of a text, shortened. */
export const shortDigest = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Where what a result depends on lies, in git or not yet. */
const sources = ["harness", "suites", "scripts", "fixtures"];

/**
 * The commit that is tried. If the tree has changes beside what rounds write, files that are not in git among them, a `+` and a
 * digest of these changes follow, so that two trees of one name are the same.
 */
export async function triedCommit(root = projectRoot): Promise<string> {
  const git = (words: readonly string[], input = "") =>
    execa("git", words, { cwd: root, reject: false, input });
  const ours = Object.values(written).map((file) => `:(exclude)${file}`);
  const head = await git(["rev-parse", "--short=12", "HEAD"]);
  const diff = await git(["diff", "--no-ext-diff", "--full-index", "HEAD", "--", ".", ...ours]);
  const added = await git(["ls-files", "--others", "--exclude-standard", "--", ...sources]);
  const texts = await git(["hash-object", "--stdin-paths"], added.stdout);
  if ([head, diff, added, texts].some(({ exitCode }) => exitCode !== 0)) return unknownCommit;
  const changes = [diff.stdout, added.stdout, texts.stdout].filter(Boolean).join("\n");
  return changes === "" ? head.stdout : `${head.stdout}+${shortDigest(changes)}`;
}

/**
 * Digest of the files that a run reads, beside what rounds write: the same before and after a commit, another once one of them is
 * edited, added or removed. `unknownCommit` outside of git.
 */
export async function triedFiles(root = projectRoot): Promise<string> {
  const git = (words: readonly string[], input = "") =>
    execa("git", words, { cwd: root, reject: false, input });
  const ours = Object.values(written).map((file) => `:(exclude)${file}`);
  const places = ["--exclude-standard", "--", ...sources, ...ours];
  const [all, gone] = [
    await git(["ls-files", "--cached", "--others", ...places]),
    await git(["ls-files", "--deleted", ...places]),
  ];
  const removed = new Set(gone.stdout.split("\n"));
  const names = all.stdout.split("\n").filter((name) => name !== "" && !removed.has(name));
  const sorted = [...new Set(names)].toSorted().join("\n");
  const texts = await git(["hash-object", "--stdin-paths"], sorted);
  if ([all, gone, texts].some(({ exitCode }) => exitCode !== 0)) return unknownCommit;
  return shortDigest(`${sorted}\n${texts.stdout}`);
}
