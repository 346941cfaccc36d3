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

/**
 * The commit that is tried. If the tree has changes beside what rounds write, a `+` and a digest of these changes follow, so
 * that two trees of one name are the same.
 */
export async function triedCommit(root = projectRoot): Promise<string> {
  const git = (...words: readonly string[]) => execa("git", words, { cwd: root, reject: false });
  const head = await git("rev-parse", "--short=12", "HEAD");
  const ours = Object.values(written).map((file) => `:(exclude)${file}`);
  const diff = await git("diff", "--no-ext-diff", "--full-index", "HEAD", "--", ".", ...ours);
  if (head.exitCode !== 0 || diff.exitCode !== 0) return unknownCommit;
  return diff.stdout === "" ? head.stdout : `${head.stdout}+${shortDigest(diff.stdout)}`;
}
