import { z } from "zod";
import { ArtifactError, HarnessDefect } from "../../errors.ts";
import lock from "./lock.json" with { type: "json" };

/** Debian's packages and source packages that the set is made from. */
export const packageNames = [
  "busybox-static",
  "containerd",
  "docker.io",
  "etcd-client",
  "etcd-server",
  "golang-1.19-go",
  "golang-1.19-src",
  "golang-cfssl",
  "golang-github-modern-go-reflect2-dev",
  "runc",
  "tini",
  "wget",
] as const;
export const sourceNames = ["kubernetes"] as const;

/** Packages of a later release of Debian, as apt takes them: `name/release`. */
export const laterRelease = "trixie";
export const laterNames = [`docker.io/${laterRelease}`, `docker-cli/${laterRelease}`] as const;

export const inputNames = [...packageNames, ...laterNames, ...sourceNames] as const;
export type InputName = (typeof inputNames)[number];

const fileSchema = z.object({ file: z.string(), bytes: z.number().int(), sha256: z.string() });
export const inputSchema = z.object({ name: z.string(), version: z.string(), files: z.array(fileSchema) });

export type InputFile = z.infer<typeof fileSchema>;
/** One package in the version that the archive offers; a source package has several files. */
export type Input = z.infer<typeof inputSchema>;

/** Checksums pinned in lock.json, by file name; a file name contains its version. */
export const lockedFiles: Readonly<Record<string, string>> = lock.debian;

/** Checksums of Go modules pinned in lock.json (`h1:`, as in go.sum), by `path@version`. */
export const lockedModules: Readonly<Record<string, string>> = lock.go;

const lockPath = "harness/artifacts/build/lock.json";

/**
 * Reads what `apt-get --print-uris download` or `source` prints: 'URI' file bytes SHA256:hash, a line a file.
 * HarnessDefect for a line of another form.
 */
export function parseUris(text: string): InputFile[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("'"))
    .map((line) => {
      const [, file, bytes, sha256] = /^'[^']+' (\S+) (\d+) SHA256:([0-9a-f]{64})$/.exec(line.trim()) ?? [];
      if (file === undefined || bytes === undefined || sha256 === undefined) {
        throw new HarnessDefect(`apt printed an address without a SHA256: ${line}`);
      }
      return { file, bytes: Number(bytes), sha256 };
    });
}

/** Package and version in a file name of Debian: `name_version_architecture.deb` or `name_version.dsc`. */
function versionIn(file: string): { readonly name: string; readonly version: string } {
  const [name, version] = file.replace(/\.dsc$/, "").split("_");
  if (!name || !version) throw new HarnessDefect(`No version in the file name ${file}`);
  return { name, version: decodeURIComponent(version) };
}

/** Groups files into inputs: one a package, and one for all files of a source package. */
export function inputsOf(
  packages: readonly InputFile[],
  later: readonly InputFile[],
  source: readonly InputFile[],
): Input[] {
  const description = source.find(({ file }) => file.endsWith(".dsc"));
  return [
    ...packages.map((file) => ({ ...versionIn(file.file), files: [file] })),
    ...later.map((file) => {
      const { name, version } = versionIn(file.file);
      return { name: `${name}/${laterRelease}`, version, files: [file] };
    }),
    ...(description ? [{ ...versionIn(description.file), files: [...source] }] : []),
  ].toSorted((a, b) => a.name.localeCompare(b.name));
}

/** What to do about a package that a mirror does not have. */
export const completeMirror = "Name a complete mirror of Debian 12 and 13 in GUIDE_DEBIAN_MIRROR.";

/** The input of that name. ArtifactError if the archive does not offer it. */
export function inputNamed(inputs: readonly Input[], name: InputName): Input {
  const found = inputs.find((input) => input.name === name);
  if (found) return found;
  throw new ArtifactError(`The Debian mirror offers no ${name}`, {
    hint: completeMirror,
  });
}

/** The first file with another checksum than the lock file has for it. */
export const wrongIn = (
  inputs: readonly Input[],
  locked: Readonly<Record<string, string>> = lockedFiles,
): InputFile | undefined =>
  inputs.flatMap(({ files }) => files).find(({ file, sha256 }) => (locked[file] ?? sha256) !== sha256);

/**
 * Checks inputs against the lock file and returns those it does not know, which a point release brought.
 * ArtifactError if a file of a known version has another checksum.
 */
export function checkLocked(
  inputs: readonly Input[],
  locked: Readonly<Record<string, string>> = lockedFiles,
): Input[] {
  const wrong = wrongIn(inputs, locked);
  if (wrong) throw wrongHash(wrong.file, locked[wrong.file] ?? "", wrong.sha256);
  return inputs.filter(({ files }) => files.some(({ file }) => locked[file] === undefined));
}

/** The error for an input whose checksum is not the expected one. */
export const wrongHash = (what: string, expected: string, actual: string): ArtifactError =>
  new ArtifactError(`${what} has the wrong checksum: expected ${expected}, actual ${actual}`, {
    hint: `Do not use this mirror or proxy before you know why. If upstream replaced it, put the new checksum into ${lockPath}.`,
  });
