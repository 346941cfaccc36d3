import { UsageError } from "../../../errors.ts";

/** Where to ask in place of upstream, in this order: by prefix of the address, or places for all file names. */
export type Mirrors = {
  readonly prefixes: readonly { readonly prefix: string; readonly base: string }[];
  readonly everything: readonly string[];
};

const form =
  "ARTIFACT_MIRROR is one base address, below which the file names lie, or PREFIX=ADDRESS pairs with commas between them, such as https://dl.k8s.io/=https://mirror.example/kubernetes/. Several of the same prefix, or several base addresses, are tried in turn.";

/** Reads `ARTIFACT_MIRROR`. UsageError that names the wrong part. */
export function parseMirrors(text: string | undefined): Mirrors {
  const prefixes: { prefix: string; base: string }[] = [];
  const everything: string[] = [];
  for (const part of (text ?? "").split(/[\s,]+/).filter((word) => word !== "")) {
    // An address may hold "=", so the one that counts is the one before the second address.
    const pair = /^(\w+:\/\/[^,]*?)=(\w+:\/\/.*)$/.exec(part);
    if (pair) {
      const [prefix, base] = [baseAddress(pair[1] ?? "", part), baseAddress(pair[2] ?? "", part)];
      prefixes.push({ prefix, base });
    } else {
      everything.push(baseAddress(part, part));
      if (part.includes("=")) throw wrong(part, "has no http or https address after the equals sign");
    }
  }
  return { prefixes, everything };
}

/**
 * The addresses to try for an input, in order and without repetition.
 * An address with mirrors is asked for only there: those of the longest prefix count, then the bases for everything.
 */
export function addressesOf(name: string, urls: readonly string[], mirrors: Mirrors): readonly string[] {
  const byLength = mirrors.prefixes.toSorted((one, other) => other.prefix.length - one.prefix.length);
  const addresses = urls.flatMap((url) => {
    const longest = byLength.find(({ prefix }) => url.startsWith(prefix))?.prefix;
    if (longest !== undefined) {
      const own = mirrors.prefixes.filter(({ prefix }) => prefix === longest);
      return own.map(({ base }) => base + url.slice(longest.length));
    }
    return mirrors.everything.length === 0 ? [url] : mirrors.everything.map((base) => base + name);
  });
  return [...new Set(addresses)];
}

/** A base that ends in a slash, so that only whole parts of a path are replaced. */
function baseAddress(text: string, part: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw wrong(part, "is no http or https address");
  if (url.search !== "" || url.hash !== "") throw wrong(part, "has a query or a fragment");
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

const wrong = (part: string, what: string): UsageError =>
  new UsageError(`ARTIFACT_MIRROR: "${part.replaceAll(/\/\/[^/@]*@/g, "//…@")}" ${what}`, { hint: form });
