import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Settings } from "../settings/settings.ts";

/** Gives `work` the settings with one more edit of the guide: one change, in a file that lasts as long. */
export async function withEdit<T>(
  settings: Settings,
  id: string,
  change: { readonly reason: string; readonly [key: string]: unknown },
  work: (changed: Settings) => Promise<T>,
): Promise<T> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "guide-edit-"));
  const file = join(folder.path, `${id}.yaml`);
  await writeFile(file, stringify({ id, changes: [change] }));
  return await work({ ...settings, edits: [...settings.edits, file] });
}
