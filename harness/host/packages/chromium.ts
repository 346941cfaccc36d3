import { existsSync } from "node:fs";
import { glob, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { toHarnessError } from "../../errors.ts";
import { silent } from "../../progress.ts";
import { lockTimeout, withLock } from "../lock.ts";
import { isOffline } from "../offline.ts";
import { cacheRoot } from "../paths.ts";
import { findProgram } from "./packages.ts";

/** A browser that can be started without a display. */
export type Chromium = { readonly program: string; readonly env: Readonly<Record<string, string>> };

const folder = (): string => join(cacheRoot(), "chromium");

/** Chromium of PATH, or that of the cache; undefined if neither is there. */
export async function findChromium(): Promise<Chromium | undefined> {
  const onPath = await findProgram("chromium");
  if (onPath !== undefined) return { program: onPath, env: {} };
  const root = join(folder(), "root");
  const program = join(root, "usr/lib/chromium/chromium");
  if (!existsSync(program)) return undefined;
  const libraries = new Set<string>();
  for await (const file of glob("usr/lib/**/lib*.so*", { cwd: root }))
    libraries.add(join(root, dirname(file)));
  return {
    program,
    env: { LD_LIBRARY_PATH: [...libraries].join(":"), FONTCONFIG_FILE: join(folder(), "fonts.conf") },
  };
}

/**
 * Unpacks Debian's Chromium into the cache, with those of its packages that the host lacks: nothing is installed. apt resolves
 * them and holds each to the checksum that the archive has signed. Returns why not, if it cannot be had.
 */
export async function fetchChromium(): Promise<string | undefined> {
  if (await findChromium()) return undefined;
  if (isOffline()) return "There is no Chromium, and --offline forbids downloading it.";
  if ((await findProgram("apt-get")) === undefined)
    return "There is no Chromium, and no apt to fetch it with.";
  try {
    await mkdir(folder(), { recursive: true });
    const held = lockTimeout("Another fetch of Chromium");
    await withLock(join(folder(), "lock"), { name: "the lock of Chromium", progress: silent, held }, unpack);
    return undefined;
  } catch (error) {
    return `There is no Chromium, and it cannot be fetched: ${toHarnessError(error).message}`;
  }
}

async function unpack(): Promise<void> {
  // Who held the lock before may have done it.
  if (await findChromium()) return;
  const fresh = join(folder(), "fresh");
  const archives = join(fresh, "cache/archives");
  await rm(fresh, { recursive: true, force: true });
  await mkdir(join(fresh, "lists/partial"), { recursive: true });
  await mkdir(join(archives, "partial"), { recursive: true });
  // Lists of its own: those of the host may be old or missing, and are root's.
  const options = [`Dir::State::lists=${fresh}/lists`, `Dir::Cache=${fresh}/cache`, "Debug::NoLocking=1"];
  const apt = ["-q", ...options.flatMap((option) => ["-o", option])];
  await execa("apt-get", [...apt, "update"]);
  const download = ["--yes", "--no-install-recommends", "--download-only", "install", "chromium"];
  await execa("apt-get", [...apt, ...download]);
  for await (const file of glob("*.deb", { cwd: archives }))
    await execa("dpkg-deb", ["--extract", join(archives, file), join(fresh, "root")]);
  await writeFile(join(folder(), "fonts.conf"), fonts());
  await rm(join(folder(), "root"), { recursive: true, force: true });
  await rename(join(fresh, "root"), join(folder(), "root"));
  await rm(fresh, { recursive: true });
}

/** Fonts of the host and those that came along. */
const fonts = (): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
  <dir>${folder()}/root/usr/share/fonts</dir>
  <cachedir>${folder()}/fonts</cachedir>
</fontconfig>
`;
