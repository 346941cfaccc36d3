import { open } from "node:fs/promises";
import { posix } from "node:path";
import { list, type ReadEntry } from "tar";
import { imageNames } from "../../build/images.ts";

/** What an archive says of one of its members. */
export type Member = {
  readonly path: string;
  /** node-tar's name of the type: `File`, `Directory`, `SymbolicLink`, `Link`, `CharacterDevice`, … */
  readonly type: string;
  readonly target?: string;
};

const ordinary = new Set(["File", "OldFile", "ContiguousFile", "Directory", "GNUDumpDir"]);

/**
 * Why unpacking these members could touch anything outside the folder it is done in; undefined if it cannot.
 * A link may point up only with its first components, and nothing may lie below a link: then no chain of links leads out.
 */
export function escapeOf(members: readonly Member[]): string | undefined {
  const links = new Set(members.filter(({ type }) => type === "SymbolicLink").map(({ path }) => clean(path)));
  for (const { path, type, target = "" } of members) {
    if (path.startsWith("/")) return `holds the absolute path ${path}`;
    if (path.split("/").includes("..")) return `holds the path ${path}, which leads out of its folder`;
    const below = ancestors(path).find((folder) => links.has(folder));
    if (below !== undefined) return `holds ${path} below the link ${below}`;
    if (ordinary.has(type)) continue;
    if (type !== "SymbolicLink" && type !== "Link") return `holds ${path}, which is a ${type}`;
    if (target.startsWith("/")) return `holds the link ${path} to the absolute path ${target}`;
    const parts = target.split("/").filter((part) => part !== "" && part !== ".");
    const up = parts.findIndex((part) => part !== "..");
    const depth = type === "Link" ? 0 : ancestors(path).length;
    const ups = up === -1 ? parts.length : up;
    if (ups > depth || parts.slice(ups).includes("..")) {
      return `holds the link ${path} to ${target}, which leads out of its folder`;
    }
  }
  return undefined;
}

const clean = (path: string): string => posix.normalize(path).replace(/\/$/, "");

/** The folders that a path lies in, outermost first: `a`, `a/b` for `a/b/c`. */
function ancestors(path: string): string[] {
  const parts = clean(path).split("/");
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Why a file is no whole gzip tarball that is safe to unpack and holds `paths`; undefined if it is. */
export async function faultOfTarball(path: string, paths: readonly string[]): Promise<string | undefined> {
  const start = await startOf(path, 2);
  if (start[0] !== 0x1f || start[1] !== 0x8b) return "is no gzip file";
  const read = await membersOf(path);
  if (typeof read === "string") return read;
  const files = new Set(read.filter(({ type }) => type !== "Directory").map((member) => clean(member.path)));
  const absent = paths.filter((wanted) => !files.has(wanted));
  return absent.length > 0 ? `lacks ${absent.join(", ")}, which the guide needs` : undefined;
}

/** Why a file is no `docker save` archive of the images that the project makes; undefined if it is. */
export async function faultOfImages(path: string): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  const read = await membersOf(path, (member, content) => {
    if (clean(member) === "manifest.json") content.on("data", (chunk) => chunks.push(chunk));
  });
  if (typeof read === "string") return read;
  const manifest = Buffer.concat(chunks).toString("utf8");
  const absent = imageNames.filter((name) => !manifest.includes(JSON.stringify(name)));
  return absent.length > 0 ? `lacks the image ${absent.join(", ")}` : undefined;
}

/** The members of a whole archive that is safe to unpack, or what is wrong with it. */
export async function membersOf(
  path: string,
  onMember: (path: string, content: ReadEntry) => void = () => undefined,
): Promise<readonly Member[] | string> {
  const members: Member[] = [];
  try {
    await list({
      file: path,
      strict: true,
      onReadEntry(entry) {
        const { path: name, type, linkpath } = entry;
        members.push({ path: name, type, ...(linkpath !== undefined && { target: linkpath }) });
        onMember(name, entry);
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^TAR_\w+: |^zlib: /g, "") : String(error);
    const cut = /unexpected end|Truncated input/.test(reason);
    return cut ? `is cut short (${reason})` : `cannot be unpacked (${reason})`;
  }
  return escapeOf(members) ?? members;
}

export async function startOf(path: string, length: number): Promise<Buffer> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}
