import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { ArtifactError, UsageError } from "../../errors.ts";

/** Where Debian's packages come from, as apt's own URIs. */
export type Mirror = { readonly archive: string; readonly security?: string };

export type IndexTarget = { readonly uri: string; readonly component: string };

const variable = "GUIDE_DEBIAN_MIRROR";

/**
 * The mirror named by GUIDE_DEBIAN_MIRROR, else the one the host's apt is configured with.
 * UsageError if the variable is no URI, or if the host has no Debian archive.
 */
export async function debianMirror(env: NodeJS.ProcessEnv = process.env): Promise<Mirror> {
  const named = env[variable];
  if (named) return { archive: checkedUri(named) };
  return mirrorOf(await hostTargets());
}

/** The archive for a program other than apt: of a list of mirrors, as cloud images have it, the first. */
export async function firstArchive({ archive }: Mirror): Promise<string> {
  const list = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(archive)?.[1];
  if (list === undefined) return archive;
  const first = (await readFile(list, "utf8")).split(/\s+/).find(Boolean);
  if (first !== undefined) return first;
  throw new UsageError(`${list} names no mirror`, {
    hint: `Name one: ${variable}=http://mirror.example/debian`,
  });
}

/**
 * Where the archive's signed index is, for a program other than apt. Undefined where that program may not reach it although apt
 * does: other schemes, and proxies that apt alone is told.
 */
export async function releaseAddress(mirror: Mirror): Promise<string | undefined> {
  const archive = await firstArchive(mirror);
  if (!/^https?:/.test(archive) || (await hasOwnProxy())) return undefined;
  return `${archive.replace(/\/$/, "")}/dists/bookworm/InRelease`;
}

/** Whether apt is configured with a proxy of its own: apt-transport-http(1). */
async function hasOwnProxy(): Promise<boolean> {
  const { stdout } = await execa("apt-config", ["dump", "Acquire"], { reject: false });
  return /^Acquire::https?::(?:.*::)?Proxy(?:-Auto-Detect)? "[^"]/im.test(stdout);
}

/** The Debian archive and its security archive among what the host's apt is configured with. UsageError if neither. */
export function mirrorOf(targets: readonly IndexTarget[]): Mirror {
  const main = targets.filter(({ uri, component }) => component === "main" && !uri.startsWith("cdrom:"));
  const archive = main.find(({ uri }) => hasSegment(uri, "debian"));
  const security = main.find(({ uri }) => hasSegment(uri, "debian-security"));
  if (!archive) {
    throw new UsageError("The host's apt is configured with no Debian archive", {
      hint: `Name a mirror: ${variable}=http://mirror.example/debian`,
    });
  }
  return { archive: archive.uri, ...(security && { security: security.uri }) };
}

/**
 * What the host's apt reads its packages from, in both of its source formats: apt-get(8) `indextargets`.
 * `options` are more of apt's own, such as another sources folder.
 */
export async function hostTargets(options: readonly string[] = []): Promise<IndexTarget[]> {
  // Without release info apt also tells of indexes that it has not downloaded yet.
  const format = "$(REPO_URI) $(COMPONENT)";
  const query = ["indextargets", "--no-release-info", "--format", format, "Created-By: Packages"];
  const result = await execa("apt-get", [...options, ...query], { reject: false });
  if (result.failed) {
    throw new ArtifactError("apt-get does not say where the host's packages come from", {
      outputTail: result.stderr,
      hint: "The artifact set debian is built on Debian or a system made from it, with apt.",
      cause: result.cause,
    });
  }
  return result.stdout.split("\n").flatMap((line) => {
    const [uri, component] = line.trim().split(" ");
    return uri && component ? [{ uri, component }] : [];
  });
}

/** apt sources (sources.list(5), deb822) for bookworm's packages and sources from a mirror. */
export function sourcesText({ archive, security }: Mirror): string {
  const stanzas = [stanza("deb deb-src", archive, "bookworm bookworm-updates")];
  if (security !== undefined) stanzas.push(stanza("deb deb-src", security, "bookworm-security"));
  return stanzas.join("\n");
}

/** One stanza of sources.list(5) for what Debian signs; `types` are `deb`, `deb-src`. */
export const stanza = (types: string, uri: string, suites: string): string =>
  [
    `Types: ${types}`,
    `URIs: ${uri}`,
    `Suites: ${suites}`,
    "Components: main",
    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
    "",
  ].join("\n");

/** Mirrors keep Debian's folder names; cloud images point to a list of mirrors named after the folder. */
const hasSegment = (uri: string, name: string): boolean =>
  uri.split("/").some((segment) => segment === name || segment === `${name}.list`);

function checkedUri(text: string): string {
  if (/^[a-z][a-z+]*:\/[^\s]+$/.test(text)) return text;
  throw new UsageError(`${variable} is no URI: ${text}`, {
    hint: `Write it as apt does: ${variable}=http://mirror.example/debian`,
  });
}
