import { ArtifactError } from "../../../errors.ts";
import { isPlain, notPlain } from "./lock.ts";

/** A repository that yum reads: where it is, and the addresses of the keys that its packages are signed with. */
export type Repository = { readonly address: string; readonly keys: readonly string[] };

const variables: Readonly<Record<string, string>> = { releasever: "7", basearch: "x86_64" };

type Option = { readonly value: string; readonly line: number };

/**
 * The repositories that a `.repo` file turns on (yum.conf(5)), for CentOS 7. ArtifactError, with the line, for one whose
 * address, or that of a key, is none to fetch from.
 */
export function repositoriesIn(text: string, file: string): Repository[] {
  const sections: { readonly name: string; readonly line: number; readonly options: Map<string, Option> }[] =
    [];
  let last = "";
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const [, name] = /^\[(.+)\]\s*$/.exec(content) ?? [];
    const [, option, value = ""] = /^(\w+)\s*=\s*(.*?)\s*$/.exec(content) ?? [];
    const options = sections.at(-1)?.options;
    const before = options?.get(last);
    if (name !== undefined) sections.push({ name, line, options: new Map() });
    else if (option !== undefined) options?.set((last = option), { value, line });
    else if (before && /^\s+\S/.test(content))
      options?.set(last, { ...before, value: `${before.value} ${content.trim()}` });
  }
  return (
    sections
      // yum takes settings of its own from there.
      .filter(({ name }) => name !== "main")
      .filter(({ options }) => !/^(?:0|no|false)$/i.test(options.get("enabled")?.value ?? "1"))
      .map(({ name, line, options }) => {
        const bad = (what: string, at = line): ArtifactError =>
          new ArtifactError(`${file}: the repository ${name} has ${what}`, {
            location: { file, line: at },
            hint: "Its packages cannot be fetched beforehand; `--online` lets yum on the machines ask for them.",
          });
        const [baseurl, gpgkey] = [options.get("baseurl"), options.get("gpgkey")];
        const [address] = wordsOf(baseurl?.value);
        if (address === undefined) throw bad("no baseurl");
        if (!isPlain(address.replace(/\/$/, "")))
          throw bad(`the baseurl ${address}: ${notPlain}`, baseurl?.line);
        const keys = wordsOf(gpgkey?.value);
        // Those are on the machine.
        const odd = keys.find((key) => !key.startsWith("file:") && !isPlain(key));
        if (odd !== undefined) throw bad(`the gpgkey ${odd}: ${notPlain}`, gpgkey?.line);
        return { address, keys };
      })
  );
}

const wordsOf = (text = ""): string[] =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => word.replaceAll(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole));
