import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa, type ExecaError } from "execa";
import { extract } from "tar";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { ArtifactError, UsageError } from "../../errors.ts";
import { entryIn } from "../cache/cache.ts";
import { withCacheLock } from "../cache/lock.ts";
import type { SetWithFurtherFiles } from "../further/set.ts";
import { describeFiles, sha256Of } from "../manifest.ts";
import { deterministic } from "../pack.ts";
import type { Progress } from "../../progress.ts";
import { filesIn, type Placed } from "../whole.ts";
import { membersOf } from "./inputs/archive.ts";
import { lockName, lockText, partForm } from "./packages/lock.ts";
import type { UpstreamSet } from "./set.ts";

const manifestName = "manifest.json";
const manifestSchema = z.object({
  format: z.literal("guide-artifacts 1"),
  versions: z.record(z.string(), z.string()),
  files: z.array(
    z.object({
      name: z.string().regex(new RegExp(`^${partForm}$`)),
      sha256: z.string(),
      bytes: z.number().int(),
    }),
  ),
});

/** An export that was unpacked, and the file it came from. */
export type Exported = z.infer<typeof manifestSchema> & { readonly path: string };

/**
 * Writes all inputs of the set and its images, and what a guide lists beside them, into one uncompressed tar file; equal
 * sets make equal files. Gives its path, its size and the names in it. ArtifactError if the set is not complete, UsageError if
 * the file cannot be written.
 */
export async function exportFrom(
  set: UpstreamSet,
  path: string,
  progress: Progress,
  context: Context,
  further?: SetWithFurtherFiles,
) {
  const target = resolve(path);
  return withCacheLock(locksOf(set, further), progress, context, async () => {
    const { folder, files: own, images: imagesFile } = await set.cached();
    further?.assertApart([...own.map(({ name }) => name), imagesFile]);
    const images = entryIn(await set.images.find(), imagesFile);
    const scratch = await mkdtemp(join(await set.store.partsFolder(), "export-"));
    const draft = `${target}.${process.pid}.new`;
    try {
      const all = [
        ...own.map((file) => ({ folder, file })),
        ...filesIn(images),
        ...(await packagesOf(set, scratch)),
        ...((await further?.present()) ?? []),
      ].toSorted((one, other) => (one.file.name < other.file.name ? -1 : 1));
      for (const one of all) await checkWhole(one);
      const manifest = {
        format: "guide-artifacts 1",
        versions: set.versions,
        files: all.map(({ file }) => file),
      };
      const places = all.flatMap((one) => ["-C", one.folder, `--add-file=${one.file.name}`]);
      await writeFile(join(scratch, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
      await writable(draft, path);
      const args = [...deterministic, "-cf", draft, "-C", scratch, manifestName, ...places];
      await execa("tar", args, { cancelSignal: context.signal }).catch((error: ExecaError) => {
        context.signal.throwIfAborted();
        throw new ArtifactError(`${path} cannot be written`, {
          outputTail: String(error.stderr),
          hint: "Make room on that disk, then try again.",
          cause: error,
        });
      });
      await rename(draft, target);
      const files = all.map(({ file }) => file.name);
      return { file: target, bytes: (await stat(target)).size, files };
    } finally {
      await rm(draft, { force: true });
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** What comes damaged to another host would be blamed on the way there: each file is hashed again. ArtifactError if it is. */
async function checkWhole({ folder, file }: Placed): Promise<void> {
  const { name, sha256 } = file;
  const actual = await sha256Of(join(folder, name));
  if (actual === sha256) return;
  throw new ArtifactError(
    `${name} in the cache is damaged\n  expected sha256:${sha256}\n  actual   sha256:${actual}`,
    {
      hint: "`pnpm artifacts verify` finds all that is damaged, and `pnpm artifacts fetch` replaces it.",
    },
  );
}

/** What is locked while a set and the further files, if there are any, change. */
export const locksOf = (set: UpstreamSet, further: SetWithFurtherFiles | undefined): string[] =>
  [set.lock, further?.lock ?? []].flat();

/** What is in the cache of CentOS's packages, and their lock, which is written for it. */
async function packagesOf(set: UpstreamSet, scratch: string): Promise<Placed[]> {
  const present = await set.packages.present();
  if (present.length === 0) return [];
  await writeFile(join(scratch, lockName), lockText(await set.packages.lock()));
  const [lock] = await describeFiles(scratch, [lockName]);
  return [...(lock ? [{ folder: scratch, file: lock }] : []), ...present];
}

/** Finds out before the work whether the file can be written. */
async function writable(draft: string, path: string): Promise<void> {
  await writeFile(draft, "").catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be written (${cause.code})`, {
      cause,
      hint: "Name a file in a folder that exists and that you may write to.",
    });
  });
}

/** Unpacks an export into a folder after checking that it is one. ArtifactError otherwise. */
export async function unpackExport(path: string, folder: string): Promise<Exported> {
  const bad = (why: string): ArtifactError =>
    new ArtifactError(`${path} ${why}: not a complete export of the set upstream`, {
      hint: "Carry the file over again, or name a folder with the files.",
    });
  const members = await membersOf(path);
  if (typeof members === "string") throw bad(members);
  if (!members.some((member) => member.path === manifestName)) throw bad(`holds no ${manifestName}`);
  await extract({ file: path, cwd: folder, strict: true });
  let manifest: z.infer<typeof manifestSchema>;
  try {
    manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, manifestName), "utf8")));
  } catch {
    throw bad(`has a ${manifestName} that cannot be read`);
  }
  const files = new Set(members.filter(({ type }) => type === "File").map((member) => member.path));
  const absent = manifest.files.find(({ name }) => !files.has(name));
  if (absent) throw bad(`lacks ${absent.name}`);
  return { ...manifest, path };
}
