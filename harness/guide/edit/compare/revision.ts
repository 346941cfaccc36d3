import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { extract } from "tar";
import { UsageError } from "../../../errors.ts";

/** The guide of a revision, in a folder that is removed at the end. */
type GuideAt = AsyncDisposable & { readonly file: string; readonly commit: string };

/**
 * The guide with what lies beside it (profile, errata, ports), as a revision has them, in a folder of its own that is removed at
 * the end. UsageError for an unknown revision, a guide outside a repository, or a revision that has no such file.
 */
export async function guideAt(guideFile: string, revision: string): Promise<GuideAt> {
  const commit = await commitOf(guideFile, revision);
  const { cwd, guide, paths } = placesOf(guideFile);
  const here = (await git(cwd, ["ls-tree", "--name-only", commit])).stdout.split("\n");
  const wanted = paths.filter((path) => here.includes(path));
  const known = await git(cwd, ["cat-file", "-e", `${commit}:./${guide}`]);
  if (known.exitCode !== 0) {
    throw new UsageError(`${revision} has no ${guide} in ${cwd}`, {
      hint: `\`git log --oneline -- ${join(cwd, guide)}\` shows the commits that have it.`,
    });
  }
  const archive = await execa("git", ["archive", "--format=tar", commit, "--", ...wanted], {
    cwd,
    encoding: "buffer",
  });
  const folder = await mkdtemp(join(tmpdir(), "guide-at-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    extract({ cwd: folder, sync: true }).end(Buffer.from(archive.stdout));
    await inOneFolder(dirname(join(folder, guide)), dirname(resolve(guideFile)));
  } catch (error) {
    await remove();
    throw error;
  }
  return { file: join(folder, guide), commit, [Symbol.asyncDispose]: remove };
}

/** Commits of before a guide's folder held all that is the guide's had errata and ports beside it, and no profile. */
async function inOneFolder(then: string, now: string): Promise<void> {
  for (const part of ["errata", "ports"]) {
    const beside = join(dirname(then), part);
    if (existsSync(beside) && !existsSync(join(then, part))) await rename(beside, join(then, part));
  }
  const [own, profile] = [then, now].map((folder) => join(folder, "profile.yaml"));
  if (own && profile && !existsSync(own) && existsSync(profile)) await copyFile(profile, own);
}

/** The hash of a revision's commit. UsageError for an unknown revision, or a guide outside a repository. */
export async function commitOf(guideFile: string, revision: string): Promise<string> {
  const { cwd } = placesOf(guideFile);
  const inside = await git(cwd, ["rev-parse", "--is-inside-work-tree"]);
  if (inside.exitCode !== 0) {
    throw new UsageError(`${guideFile} is in no git repository that can be read`, {
      ...(inside.stderr !== "" && { outputTail: inside.stderr }),
      hint: "A guide's revisions are those of the repository that it lies in.",
    });
  }
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  const { exitCode, stdout } = await git(cwd, args);
  if (exitCode === 0) return stdout;
  const isPath = revision.endsWith(".md");
  throw new UsageError(
    `The guide's repository has no revision "${revision}"${isPath ? ", nor is there such a file" : ""}`,
    {
      hint: isPath
        ? "Name the file of another guide, or a commit, a branch or a tag."
        : "Name a commit, a branch or a tag; `git log --oneline` lists commits.",
    },
  );
}

/** A commit of the guide; `date` is its author's, YYYY-MM-DD. */
export type GuideCommit = { readonly hash: string; readonly date: string; readonly subject: string };

/**
 * The commits after `good` up to `bad` that touch the guide, its errata or ports, the oldest first; of what was merged,
 * the merge alone. UsageError if `good` does not come before `bad` on its own line, or nothing in between touches them.
 */
export async function guideCommits(guideFile: string, good: string, bad: string): Promise<GuideCommit[]> {
  const { cwd, paths } = placesOf(guideFile);
  const [from, to] = [await commitOf(guideFile, good), await commitOf(guideFile, bad)];
  if (from === to || (await git(cwd, ["merge-base", "--is-ancestor", from, to])).exitCode !== 0) {
    throw new UsageError(`${good} does not come before ${bad}`, {
      hint: "--good names a commit from which --bad was reached.",
    });
  }
  const own = await execa("git", ["rev-list", "--first-parent", to], { cwd });
  if (!own.stdout.split("\n").includes(from)) {
    throw new UsageError(`${good} came to ${bad} by a merge: what came before that was not made upon it`, {
      hint: "Name the merge as --good, or a commit of the line into which it was merged.",
    });
  }
  const format = ["--first-parent", "--reverse", "--date=short", "--format=%H %ad %s"];
  const { stdout } = await execa("git", ["log", ...format, `${from}..${to}`, "--", ...paths], { cwd });
  const lines = stdout.split("\n").filter(Boolean);
  if (lines.length === 0) {
    throw new UsageError(`No commit after ${good} up to ${bad} touches ${paths.join(", ")} in ${cwd}`, {
      hint: "What changed is not the guide, but what proves it: `git bisect run` finds that.",
    });
  }
  return lines.map((line) => {
    const [hash = "", date = "", ...subject] = line.split(" ");
    return { hash, date, subject: subject.join(" ") };
  });
}

/** Where git is to look, and the names there of the guide and of all that its plan is made of, today or formerly. */
function placesOf(guideFile: string): { cwd: string; guide: string; paths: readonly string[] } {
  const folder = dirname(resolve(guideFile));
  const name = basename(folder);
  return {
    cwd: dirname(folder),
    guide: join(name, basename(guideFile)),
    paths: [name, "errata", "ports"],
  };
}

const git = async (cwd: string, args: readonly string[]) => execa("git", args, { cwd, reject: false });
