import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { silent } from "../../progress.ts";
import { testContext, temporaryFolder } from "../../testing.ts";
import { UpstreamSet } from "./set.ts";
import { type Handler, serve } from "../../host/download/testing.ts";
import { hashOf, imagesArchive, program, tarball } from "./testing.ts";
import { importInto } from "./import.ts";

export const context = testContext();

/*
 * For tests of the set, each anew: an upstream of four files, one of them optional and one unpinned, and a set that takes
 * from it.
 */
export let scratch: string;
export let root: string;
/** Folder with good files, served and imported. */
export let good: string;
export let pinsFile: string;
export let notes: string[];
export let up: Awaited<ReturnType<typeof serve>>;
/** What the server does in place of sending a good file. */
export let instead: Record<string, Handler>;

export const names = ["server.tar.gz", "tool", "unpinned.tar.gz"];

beforeEach(async () => {
  scratch = temporaryFolder();
  [root, good] = [join(scratch, "cache"), join(scratch, "good")];
  await mkdir(good);
  await tarball(good, "server.tar.gz", { "k/bin/apiserver": "binary" });
  await tarball(good, "unpinned.tar.gz", { flanneld: "binary" });
  await tarball(good, "extra.tar.gz", { extra: "binary" });
  await writeFile(join(good, "tool"), program("tool"));
  instead = {};
  up = await serve((request, response) => {
    const name = (request.url ?? "").slice(1);
    const other = instead[name];
    if (other) return other(request, response);
    readFile(join(good, name)).then(
      (content) => response.writeHead(200, { "content-length": content.length }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  pinsFile = join(scratch, "pins.yaml");
  await writePins();
  notes = [];
});
afterEach(async () => {
  await up[Symbol.asyncDispose]();
});

const input = (name: string, layout: string): string =>
  `  - name: ${name}\n    version: tool 1\n    url: ${up.base}/${name}\n    layout: ${layout}\n`;

const digest = async (algorithm: "sha256" | "sha512", name: string): Promise<string> =>
  `    ${algorithm}: ${hashOf(algorithm, await readFile(join(good, name)))}\n`;

export async function writePins(): Promise<void> {
  await writeFile(
    pinsFile,
    [
      "inputs:\n",
      input("server.tar.gz", "[k/bin/apiserver]") + (await digest("sha512", "server.tar.gz")),
      input("tool", "program") + (await digest("sha256", "tool")),
      input("unpinned.tar.gz", "[flanneld]"),
      `${input("extra.tar.gz", "[extra]")}    optional: true\n${await digest("sha256", "extra.tar.gz")}`,
    ].join(""),
  );
}

export const set = (env: NodeJS.ProcessEnv = {}): UpstreamSet => new UpstreamSet(root, env, pinsFile);
export const elsewhere = (): UpstreamSet => new UpstreamSet(join(scratch, "air-gapped"), {}, pinsFile);
export const withImages = async (): Promise<void> => {
  const folder = join(scratch, "images");
  await mkdir(folder);
  await imagesArchive(folder);
  await importInto(set(), folder, silent, context);
};
export const missingNow = async (): Promise<readonly string[]> => (await set().complete()).missing;
export const remains = async (): Promise<string[]> => {
  const all = await readdir(root, { recursive: true });
  return all.filter((path) => /\.parts\/|\.new-|\.new$/.test(path));
};
