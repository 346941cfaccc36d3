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

/** A browser that can be started without a display, and the folder of the fonts that it has in place of the host's. */
export type Chromium = {
  readonly program: string;
  readonly fonts?: string;
  readonly env: Readonly<Record<string, string>>;
};

const folder = (): string => join(cacheRoot(), "chromium");
const root = (): string => join(folder(), "root");

/** The package of the fonts that pages are shown with in tests, whatever the host has; a minimal Debian has none. */
const fontPackage = "fonts-dejavu-core";
const fontFolder = (): string => join(root(), "usr/share/fonts/truetype/dejavu");

/** Chromium of PATH, or that of the cache; undefined if neither is there. */
export async function findChromium(): Promise<Chromium | undefined> {
  const own = existsSync(fontFolder());
  const fonts = own ? { fonts: fontFolder() } : {};
  const env = own ? { FONTCONFIG_FILE: join(folder(), "fonts.conf") } : {};
  const onPath = await findProgram("chromium");
  if (onPath !== undefined) return { program: onPath, ...fonts, env };
  const program = join(root(), "usr/lib/chromium/chromium");
  if (!existsSync(program)) return undefined;
  const libraries = new Set<string>();
  for await (const file of glob("usr/lib/**/lib*.so*", { cwd: root() }))
    libraries.add(join(root(), dirname(file)));
  return { program, ...fonts, env: { ...env, LD_LIBRARY_PATH: [...libraries].join(":") } };
}

const isThere = async (): Promise<boolean> => (await findChromium())?.fonts !== undefined;

/**
 * Unpacks Debian's Chromium into the cache, if PATH has none, with fonts and those of its packages that the host lacks: nothing is
 * installed. apt resolves them and holds each to the checksum that the archive has signed. Returns why not, if it cannot be had; a
 * Chromium of PATH does with the host's fonts then.
 */
export async function fetchChromium(): Promise<string | undefined> {
  if (await isThere()) return undefined;
  const why = await whyNot();
  return (await findChromium()) === undefined ? why : undefined;
}

async function whyNot(): Promise<string | undefined> {
  if (isOffline()) return "There is no Chromium with its fonts, and --offline forbids downloading it.";
  if ((await findProgram("apt-get")) === undefined)
    return "There is no Chromium with its fonts, and no apt to fetch it with.";
  try {
    await mkdir(folder(), { recursive: true });
    const held = lockTimeout("Another fetch of Chromium");
    await withLock(join(folder(), "lock"), { name: "the lock of Chromium", progress: silent, held }, unpack);
    return undefined;
  } catch (error) {
    return `There is no Chromium with its fonts, and it cannot be fetched: ${toHarnessError(error).message}`;
  }
}

async function unpack(): Promise<void> {
  // Who held the lock before may have done it.
  if (await isThere()) return;
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
  if ((await findProgram("chromium")) === undefined) await execa("apt-get", [...apt, ...download]);
  await execa("apt-get", [...apt, "download", fontPackage], { cwd: archives });
  for await (const file of glob("*.deb", { cwd: archives }))
    await execa("dpkg-deb", ["--extract", join(archives, file), join(fresh, "root")]);
  await writeFile(join(folder(), "fonts.conf"), fonts());
  await rm(root(), { recursive: true, force: true });
  await rename(join(fresh, "root"), root());
  await rm(fresh, { recursive: true });
}

/** The fonts that came along, and none of the host: pages are laid out alike on every host. */
const fonts = (): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${fontFolder()}</dir>
  <cachedir>${folder()}/fonts</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`;
