import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "tar";
import { serve } from "../../../host/download/testing.ts";

/** Makes a real box file for tests: a tarball with an image and the Vagrantfile, and this metadata.json if any is given. */
export async function boxFile(
  folder: string,
  name: string,
  metadata?: object,
  vagrantfile = "",
): Promise<string> {
  const tree = await mkdtemp(join(folder, "tree-"));
  const members = {
    ...(metadata && { "metadata.json": JSON.stringify(metadata) }),
    Vagrantfile: vagrantfile,
    "box.img": "an image",
  };
  for (const [path, content] of Object.entries(members)) await writeFile(join(tree, path), content);
  const file = join(folder, name);
  await create({ file, cwd: tree, gzip: true, portable: true }, Object.keys(members));
  await rm(tree, { recursive: true });
  return file;
}

/** A site on loopback that answers every address with what `reply` gives for it; `asked` lists them. */
export async function site(
  reply: (path: string, accept?: string) => string | Buffer,
): Promise<{ readonly base: string; readonly asked: readonly string[] } & AsyncDisposable> {
  const asked: string[] = [];
  const up = await serve(({ url = "", headers }, response) => {
    asked.push(url);
    response.end(reply(url, headers.accept));
  });
  return { ...up, asked };
}
