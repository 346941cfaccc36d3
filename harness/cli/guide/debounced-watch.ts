import { createHash } from "node:crypto";
import { once } from "node:events";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { watch } from "chokidar";

/** Milliseconds for which a file must be left alone: editors write in pieces. */
const settled = { stabilityThreshold: 60, pollInterval: 20 };

/** What a try of a guide reads of what a person writes: files, and folders with all in them. */
export function filesOf(guide: string, edits: readonly string[]): string[] {
  const folder = dirname(guide);
  const beside = ["profile.yaml", "artifacts.yaml", "errata", "ports"].map((name) => join(folder, name));
  return [guide, ...beside, ...edits];
}

/**
 * Runs `work` with what files hold now, and anew whenever that has changed; the signal it is given is raised then, and its
 * end is waited for. `paths` are files, and folders with all in them. `onSave` is told of each change at once, with the file, if it
 * is known. Ends when `signal` is raised, with its reason.
 */
export async function onEverySave(
  paths: readonly string[],
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
  onSave: (file?: string) => void | Promise<void>,
): Promise<never> {
  const watcher = watch([...paths], { ignoreInitial: true, awaitWriteFinish: settled });
  try {
    await once(watcher, "ready", { signal });
    for (;;) {
      const before = await digestOf(paths);
      const saved = new AbortController();
      let isTold = false;
      // A save that changes nothing asks for nothing.
      const look = async (file?: string): Promise<void> => {
        if ((await digestOf(paths)) === before || isTold) return;
        isTold = true;
        // Told before its work is ended: afterwards nobody knows any more that it had begun.
        await onSave(file);
        saved.abort();
      };
      const listener = (_: string, file: string): void => void look(file);
      watcher.on("all", listener);
      // For what was saved before anybody listened.
      await look();
      const ended = AbortSignal.any([saved.signal, signal]);
      await work(ended);
      if (!ended.aborted) await once(ended, "abort");
      watcher.off("all", listener);
      signal.throwIfAborted();
    }
  } finally {
    await watcher.close();
  }
}

async function digestOf(paths: readonly string[]): Promise<string> {
  const files: string[] = [];
  for await (const file of glob(paths.flatMap((path) => [path, `${path}/**`]))) files.push(file);
  const hash = createHash("sha256");
  for (const file of files.toSorted()) {
    hash.update(`${file}\0${await readFile(file, "utf8").catch(() => "")}\0`);
  }
  return hash.digest("hex");
}
