import { createHmac } from "node:crypto";

/** Types of host key that are accepted, the first one that a file has first. */
const preferred = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
];

/**
 * The host key that the text of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) has for a host, as
 * `ssh-ed25519 AAAA…`; undefined if it has none. What a line revokes for the host is not taken from another; lines that
 * name authorities are passed over.
 */
export function keyFromKnownHosts(text: string, host: string, port: number): string | undefined {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const entries = text.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    const [hosts = "", type = "", key = ""] = words;
    return key !== "" && !hosts.startsWith("#") && names(hosts, name) ? [{ marker, type, key }] : [];
  });
  const revoked = new Set(entries.filter(({ marker }) => marker === "@revoked").map(({ key }) => key));
  const keys = entries.filter(({ marker, key }) => marker === undefined && !revoked.has(key));
  return preferred
    .flatMap((wanted) => keys.filter(({ type }) => type === wanted))
    .map(({ type, key }) => `${type} ${key}`)
    .at(0);
}

/** Whether the first field of a line names the host: hashed, or a list of patterns of which `!` takes back. */
function names(hosts: string, name: string): boolean {
  const [, version, salt = "", hash = ""] = hosts.split("|");
  if (version === "1") {
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  const patterns = hosts.split(",");
  const matches = (pattern: string): boolean =>
    new RegExp(
      `^${pattern
        .replaceAll(/[\\^$.+|()[\]{}]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
    ).test(name);
  const refused = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  return !refused.some(matches) && patterns.filter((pattern) => !pattern.startsWith("!")).some(matches);
}
