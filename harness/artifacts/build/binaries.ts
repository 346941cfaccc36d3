import { chmod, copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { Deadlines } from "../../deadlines.ts";
import { ArtifactError } from "../../errors.ts";
import { tarballJob } from "../pack.ts";
import type { BuildContext } from "./component.ts";
import type { InputName } from "./inputs.ts";

/** Unpacks Debian packages into one folder and returns it; nothing is installed. */
export async function unpack(context: BuildContext, ...names: InputName[]): Promise<string> {
  const root = join(context.scratch, "root");
  for (const name of names) {
    for (const file of await context.fetch(name)) {
      await context.run({ title: `unpack ${name}`, command: ["dpkg-deb", "--extract", file, root] });
    }
  }
  return root;
}

/** Packs binaries from `from` as `folder` in the tarball `name`, as the guide's `tar` lines expect them. */
export async function packBinaries(
  context: BuildContext,
  archive: { readonly name: string; readonly folder: string; readonly binaries: readonly string[] },
  from: string,
): Promise<void> {
  const tree = join(context.scratch, archive.name);
  const folder = join(tree, archive.folder);
  await mkdir(folder, { recursive: true });
  for (const binary of archive.binaries) {
    await copyFile(join(from, binary), join(folder, binary));
    await chmod(join(folder, binary), 0o755);
  }
  await context.run(await tarballJob(tree, join(context.out, archive.name)));
}

/** Runs a built binary, which must say the version, and keeps the line with it. ArtifactError otherwise. */
export async function checkVersion(
  context: Pick<BuildContext, "says">,
  binary: string,
  args: readonly string[],
  version: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  // What is built here runs here: no machine is slow.
  const timeout = new Deadlines().for("question");
  const result = await execa(binary, args, { all: true, reject: false, env, timeout });
  const line = result.all
    .split("\n")
    .find((one) => one.split(/[\s",]+/).some((word) => word === version || word === `v${version}`));
  if (!result.failed && line !== undefined) {
    context.says(basename(binary), line.trim());
    return;
  }
  throw new ArtifactError(`${binary} does not say that it is version ${version}`, {
    command: [binary, ...args].join(" "),
    ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
    outputTail: result.all.slice(-1000),
    hint: "Debian may have moved on to another version: the set's versions, its ports and suites must follow.",
  });
}
