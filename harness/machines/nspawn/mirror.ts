import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { InfrastructureError } from "../../errors.ts";
import { isErrno } from "./errno.ts";

/** One archive that apt uses: sources.list(5). */
type Source = { readonly uri: string; readonly suite: string; readonly components: readonly string[] };

/** The fields of one stanza of a deb822 file; a line that begins with a blank goes on with the field before. */
function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = "";
  for (const line of stanza.split("\n")) {
    if (line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    if (/^\s/.test(line)) fields.set(name, `${fields.get(name) ?? ""} ${line.trim()}`.trim());
    else if (colon > 0) {
      name = line.slice(0, colon).toLowerCase();
      fields.set(name, line.slice(colon + 1).trim());
    }
  }
  return fields;
}

const words = (text = ""): string[] => text.split(/\s+/).filter(Boolean);

/** Archives of binary packages out of a deb822 file (`*.sources`). */
export function parseDeb822(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = fieldsOf(stanza);
    if (fields.get("enabled")?.toLowerCase() === "no" || !words(fields.get("types")).includes("deb"))
      return [];
    const components = words(fields.get("components"));
    return words(fields.get("uris")).flatMap((uri) =>
      words(fields.get("suites")).map((suite) => ({ uri, suite, components })),
    );
  });
}

/** Archives of binary packages out of a one-line file (`*.list`). */
export function parseOneLine(text: string): Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    const [, uri, suite, components] = match ?? [];
    return uri && suite ? [{ uri, suite, components: words(components) }] : [];
  });
}

const debianSuites = new Set(
  words("bookworm trixie forky bullseye sid stable oldstable oldoldstable testing unstable"),
);

/** The main archive of Debian among what apt uses: other repositories borrow suite names, but not its path. */
export function pickMirror(sources: readonly Source[]): string | undefined {
  const debian = sources.filter(
    ({ uri, suite, components }) =>
      debianSuites.has(suite) && components.includes("main") && /^(https?|file|mirror\+file):/.test(uri),
  );
  const found = debian.find(({ uri }) => /\/debian\/?$/.test(uri)) ?? debian[0];
  return found?.uri;
}

async function readSources(root: string): Promise<Source[]> {
  const folder = join(root, "sources.list.d");
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  });
  const files = [join(root, "sources.list"), ...names.map((name) => join(folder, name))];
  const parsed = await Promise.all(
    files.map(async (file) => {
      const parse = file.endsWith(".sources")
        ? parseDeb822
        : file.endsWith(".list")
          ? parseOneLine
          : undefined;
      if (!parse) return [];
      const text = await readFile(file, "utf8").catch((error: unknown) => {
        if (isErrno(error, "ENOENT")) return "";
        throw error;
      });
      return parse(text);
    }),
  );
  return parsed.flat();
}

/**
 * The Debian archive to build from: GUIDE_DEBIAN_MIRROR, else the one that the host's apt uses.
 * InfrastructureError if there is none.
 */
export async function debianMirror(env: NodeJS.ProcessEnv = process.env, root = "/etc/apt"): Promise<string> {
  const named = env["GUIDE_DEBIAN_MIRROR"];
  if (named) return named;
  const uri = pickMirror(await readSources(root));
  // The list that Debian's cloud images use: one mirror a line.
  const list = uri && /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
  const first = list ? words(await readFile(list, "utf8"))[0] : uri;
  if (first) return first;
  throw new InfrastructureError("The host's apt is configured with no Debian archive", {
    hint: "Name one: GUIDE_DEBIAN_MIRROR=<URL of a folder with dists/bookworm>.",
  });
}
