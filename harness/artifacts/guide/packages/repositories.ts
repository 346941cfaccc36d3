import { ArtifactError } from "../../../errors.ts";

/** A repository that yum reads: where it is, and the addresses of the keys that its packages are signed with. */
export type Repository = { readonly address: string; readonly keys: readonly string[] };

const variables: Readonly<Record<string, string>> = { releasever: "7", basearch: "x86_64" };

/** The repositories that a `.repo` file turns on (yum.conf(5)), for CentOS 7. ArtifactError for one without an address. */
export function repositoriesIn(text: string, file: string): Repository[] {
  const sections: { readonly name: string; readonly options: Map<string, string> }[] = [];
  let last = "";
  for (const line of text.split(/\r?\n/)) {
    const [, name] = /^\[(.+)\]\s*$/.exec(line) ?? [];
    const [, option, value] = /^(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const options = sections.at(-1)?.options;
    if (name !== undefined) sections.push({ name, options: new Map() });
    else if (option !== undefined) options?.set((last = option), value ?? "");
    else if (/^\s+\S/.test(line)) options?.set(last, `${options.get(last) ?? ""} ${line.trim()}`);
  }
  return sections
    .filter(({ options }) => !/^(?:0|no|false)$/i.test(options.get("enabled") ?? "1"))
    .map(({ name, options }) => {
      const [address] = wordsOf(options.get("baseurl"));
      if (address !== undefined) return { address, keys: wordsOf(options.get("gpgkey")) };
      throw new ArtifactError(`${file}: the repository ${name} has no baseurl`, {
        hint: "Its packages cannot be fetched beforehand; `--online` lets yum on the machines ask its mirrors.",
      });
    });
}

const wordsOf = (text = ""): string[] =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => word.replaceAll(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole));
