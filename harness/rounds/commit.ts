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

/** What rounds write has no part in it. */
const others = Object.values(written).map((file) => `:(exclude)${file}`);

/** Runs git with words, and standard input, one after the other; undefined if any of it fails. */
const gitIn =
  (root: string) =>
  async (words: readonly string[], input = ""): Promise<string | undefined> => {
    const { stdout, exitCode } = await execa("git", words, { cwd: root, reject: false, input });
    return exitCode === 0 ? stdout : undefined;
  };

/**
 * The commit that is tried. If the tree has changes beside what rounds write, files that are not in git among them, a `+` and a
 * digest of these changes follow, so that two trees of one name are the same.
 */
export async function triedCommit(root = projectRoot): Promise<string> {
  const git = gitIn(root);
  const head = await git(["rev-parse", "--short=12", "HEAD"]);
  const diff = await git(["diff", "--no-ext-diff", "--full-index", "HEAD", "--", ".", ...others]);
  const added = await git(["ls-files", "--others", "--exclude-standard", "--", ...sources]);
  const texts = await git(["hash-object", "--stdin-paths"], added);
  if (head === undefined || [diff, added, texts].includes(undefined)) return unknownCommit;
  const changes = [diff, added, texts].filter(Boolean).join("\n");
  return changes === "" ? head : `${head}+${shortDigest(changes)}`;
}

/**
 * Digest of the files that a run reads, beside what rounds write: the same before and after a commit, another once one of them is
 * edited, added or removed. `unknownCommit` outside of git.
 */
export async function triedFiles(root = projectRoot): Promise<string> {
  const git = gitIn(root);
  const places = ["--exclude-standard", "--", ...sources, ...others];
  const all = await git(["ls-files", "--cached", "--others", ...places]);
  const gone = await git(["ls-files", "--deleted", ...places]);
  if (all === undefined || gone === undefined) return unknownCommit;
  const removed = new Set(["", ...gone.split("\n")]);
  const names = new Set(all.split("\n").filter((name) => !removed.has(name)));
  const sorted = [...names].toSorted().join("\n");
  const texts = await git(["hash-object", "--stdin-paths"], sorted);
  return texts === undefined ? unknownCommit : shortDigest(`${sorted}\n${texts}`);
}
