import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { execa } from "execa";
import type { RunRecord } from "../../../record/record.ts";

/** A run's guide: its file, its text by digest, and what it was changed by. */
export type Lineage = Pick<RunRecord, "settings" | "inputs" | "commit">;

/**
 * Whether the guide of an earlier run led to that of this one: the same file, without an edit or an erratum that this
 * one does not have, and its text was committed before what this run has, or is the same. A draft leads to nothing.
 */
export async function leadsTo(earlier: Lineage & Pick<RunRecord, "change">, now: Lineage): Promise<boolean> {
  const [was, is] = [earlier.inputs, now.inputs];
  if (earlier.change !== undefined) return false;
  if (!was || !is) return true;
  const guide = now.settings?.["guide"];
  const before = earlier.settings?.["guide"];
  if (typeof guide !== "string" || typeof before !== "string") return true;
  const errata = Object.entries(was.errata).every(([id, digest]) => is.errata[id] === digest);
  if (before !== guide || !errata || !was.edits.every((edit) => is.edits.includes(edit))) return false;
  return was.guide === is.guide || wasCommitted(guide, was.guide, earlier.commit);
}

/** Whether a guide's text, by digest, is that of a commit which comes before the present one; so where there is no repository. */
async function wasCommitted(guide: string, digest: string, commit: string | undefined): Promise<boolean> {
  if (commit === undefined) return true;
  // What was changed beside it is marked.
  const hash = commit.replace(/\+.*/s, "");
  const git = (...args: string[]) =>
    execa("git", args, { cwd: dirname(guide), reject: false, encoding: "buffer", stripFinalNewline: false });
  const ancestor = await git("merge-base", "--is-ancestor", hash, "HEAD");
  if (ancestor.exitCode !== 0) return false;
  const { exitCode, stdout } = await git("show", `${hash}:./${basename(guide)}`);
  return exitCode === 0 && createHash("sha256").update(stdout).digest("hex") === digest;
}
