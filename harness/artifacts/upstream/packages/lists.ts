import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dispatcher } from "undici";
import { ArtifactError } from "../../../errors.ts";
import { download } from "../../../host/download/download.ts";
import { type FetchOptions, refusedHint } from "../download/fetch.ts";
import { addressesOf, parseMirrors } from "../download/mirrors.ts";
import { PartFile } from "../../../host/download/part.ts";
import { placesOf } from "./lock.ts";

/**
 * Downloads what a repository tells of its packages into a folder, for dnf to read there. UnreachableError if no place of
 * it answers, ArtifactError if they refuse or have no lists.
 */
export async function fetchLists(
  address: string,
  folder: string,
  agent: Dispatcher,
  { env, progress, context: { signal }, pause, deadHosts }: FetchOptions,
): Promise<void> {
  // A mirror for bare file names is none of whole repositories.
  const mirrors = { ...parseMirrors(env["ARTIFACT_MIRROR"]), everything: [] };
  const get = async (path: string): Promise<string> => {
    const part = new PartFile(join(folder, path));
    const name = `${address}/${path}`;
    const addresses = addressesOf(name, placesOf(name), mirrors);
    return download({ name, addresses, part, agent, progress, signal, pause, deadHosts, hint: refusedHint });
  };
  const from = await get("repodata/repomd.xml");
  const wanted = listsIn(await readFile(join(folder, "repodata/repomd.xml"), "utf8"));
  if (wanted.length === 0) {
    throw new ArtifactError(`${from} is no list of a repository`, {
      hint: "A login or error page of a proxy or mirror? Look at it, and at ARTIFACT_MIRROR.",
    });
  }
  for (const path of wanted) await get(path);
}

/** The paths of what dnf reads of a repository, as its repomd.xml names them. */
export const listsIn = (repomd: string): string[] =>
  Array.from(
    repomd.matchAll(/<data type="([^"]+)">.*?<location\b[^>]*\bhref="(repodata\/\w[\w.-]*)"/gs),
    ([, type = "", path = ""]) => (/_db$|_zck$|^(?:other|prestodelta)$/.test(type) ? [] : [path]),
  ).flat();
