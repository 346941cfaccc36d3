import { InfrastructureError } from "../../../errors.ts";

export type SshAccess = {
  readonly machine: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyFile: string;
};

/**
 * Reads the output of `vagrant ssh-config`, in ssh_config(5)'s format. InfrastructureError if a machine has no
 * address, port, user or key.
 */
export function parseSshConfig(text: string): SshAccess[] {
  const hosts: { machine: string; options: Map<string, string> }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = "", value = ""] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (keyword.toLowerCase() === "host") hosts.push({ machine: unquote(value), options: new Map() });
    // The first value of a keyword holds.
    else if (keyword !== "" && !hosts.at(-1)?.options.has(keyword.toLowerCase())) {
      hosts.at(-1)?.options.set(keyword.toLowerCase(), unquote(value));
    }
  }
  return hosts.map(({ machine, options }) => {
    const host = options.get("hostname");
    const port = Number(options.get("port") ?? "22");
    const user = options.get("user");
    const privateKeyFile = options.get("identityfile");
    if (!host || !user || !privateKeyFile || !Number.isInteger(port)) {
      throw new InfrastructureError(`vagrant does not say how ${machine} is reached`, {
        machine,
        outputTail: text.trim(),
        hint: "Run `vagrant ssh-config` in the project's folder to see what is missing.",
      });
    }
    return { machine, host, port, user, privateKeyFile };
  });
}

/** A path with blanks stands in double quotes. */
const unquote = (value: string): string => value.replace(/^"(.*)"$/, "$1");
