import { join } from "node:path";
import { z } from "zod";
import { nameIn } from "../../address.ts";
import { damagedFile } from "../../cache/cache.ts";
import { ArtifactError } from "../../../errors.ts";
import { readJson } from "../../../host/persisted.ts";
import type { Pin } from "../inputs/pins.ts";

/** What yum is to install on a machine. */
export type PackageRequest = {
  /** An entry a command: its packages, blanks between them. */
  readonly install: readonly string[];
  /** Addresses of the `.repo` files that are added before. */
  readonly added: readonly string[];
};

/** A part of a path as RPMs and repositories have them: to no program is it an option, to no shell more than a word. */
export const partForm = String.raw`\w[\w.+~^%@:=-]*`;

const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const plain = new RegExp(String.raw`^https?://${label}(?:\.${label})*(?::\d{1,5})?(?:/${partForm})*$`, "i");

/** Whether an address is one of a file or folder that can be laid out as a path. */
export const isPlain = (url: string): boolean => plain.test(url);

/** What to say of one that is not. */
export const notPlain = "it must be an http or https address of a plain path";

const address = z.string().refine(isPlain, notPlain);
const schema = z.strictObject({
  /** Installations that the files are enough for, as in a request. */
  install: z.array(z.string()),
  /** Addresses of the repositories that yum reads, with or without files here. */
  repositories: z.array(address),
  files: z
    .array(
      z.strictObject({
        url: address,
        bytes: z.number().int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .refine(apart, "must each have a path of its own"),
});

/** Whether no file is where another one, or its folder, is. */
function apart(files: readonly { readonly url: string }[]): boolean {
  const paths = files.map(({ url }) => `${pathOf(url)}/`).toSorted();
  return paths.every((path, index) => !paths[index + 1]?.startsWith(path));
}

/** The packages of some installations with all that they need, held to their digests. */
export type PackageLock = z.infer<typeof schema>;

export type LockedFile = PackageLock["files"][number];

/** Name of a lock beside `pins.yaml`, in the cache and in an export. */
export const lockName = "packages.lock.json";

/** The project's own, once somebody has reviewed one. */
export const lockFile = join(import.meta.dirname, "..", lockName);

/** Reads a lock; an empty one if there is no file. ArtifactError if it is damaged. */
export async function readLock(path: string): Promise<PackageLock> {
  const { value = { install: [], repositories: [], files: [] }, damage } = await readJson(path, schema);
  if (!damage) return value;
  const hint = "Restore it, or delete it: then the packages are resolved anew.";
  throw damagedFile(damage, "it holds the digests of CentOS's packages", hint);
}

/** A lock's text. ArtifactError for what could not be read again. */
export function lockText(lock: PackageLock): string {
  const { error } = schema.safeParse(lock);
  if (!error) return `${JSON.stringify(lock, undefined, 2)}\n`;
  throw new ArtifactError(`The packages cannot be held to a lock: ${z.prettifyError(error)}`, {
    hint: "Look at the repositories that the guide adds; `--online` lets yum on the machines ask them.",
  });
}

/** Both locks as one. Of a file that is in both, what the first says holds. */
export function joinLocks(first: PackageLock, second: PackageLock): PackageLock {
  const has = new Set(first.files.map(({ url }) => pinFor(url).name));
  return {
    install: [...new Set([...first.install, ...second.install])].toSorted(),
    repositories: [...new Set([...first.repositories, ...second.repositories])].toSorted(),
    files: [...first.files, ...second.files.filter(({ url }) => !has.has(pinFor(url).name))].toSorted(
      (one, other) => (one.url < other.url ? -1 : 1),
    ),
  };
}

/** Installations of a request that a lock has no files for. */
export const openIn = (lock: PackageLock, { install }: PackageRequest): string[] =>
  install.filter((one) => !lock.install.includes(one));

/** CentOS 7's archive, as the guide's yum asks for it, and where else it is. */
export const vaults = [
  "http://vault.centos.org/centos/7/",
  "https://vault.centos.org/centos/7/",
  "https://archive.kernel.org/centos-vault/7.9.2009/",
] as const;

/** Where a file of a repository is, the address that yum asks for first. */
export const placesOf = (url: string): [string, ...string[]] => {
  const [first, ...others] = vaults;
  if (!url.startsWith(first)) return [url];
  return [url, ...others.map((base) => base + url.slice(first.length))];
};

/** A file of a repository as an input of the set; without a digest, the first copy is to be recorded. */
export function pinFor(url: string): Pin {
  const layout = url.endsWith(".rpm") ? "rpm" : url.endsWith(".repo") ? "repository" : "key";
  const bare = url.replace(/^https?:\/\//, "");
  return {
    name: layout === "rpm" ? nameIn(url) : bare.replaceAll("/", "-"),
    version: "CentOS 7",
    urls: placesOf(url),
    layout,
    optional: true,
    ofYum: true,
  };
}

/** A lock's files as inputs; `from` is the file that it is read from. */
export const pinsOf = ({ files }: PackageLock, from: string, recorded: boolean): Pin[] =>
  files.map(({ url, bytes, sha256: hex }) => ({
    ...pinFor(url),
    bytes,
    digest: { algorithm: "sha256", hex, from, ...(recorded && { recorded }) },
  }));

/** Where a machine's folder has a file or repository: its site, and the path there. */
export const pathOf = (url: string): string => url.replace(/^https?:\/\//, "").replace(/\/$/, "");
