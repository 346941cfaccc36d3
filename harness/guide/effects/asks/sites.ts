import { isIPv4 } from "node:net";
import type { Host } from "../host.ts";

/** Names that no public site has: RFC 2606, RFC 6762, RFC 8375, and what Kubernetes calls its own. */
const ofOneNetwork = /\.(?:local|localdomain|internal|lan|home\.arpa|test|invalid|localhost)$/;

/** Addresses that are not routed on the internet: RFC 1918, RFC 3927, loopback. */
const ofOneSite = /^(?:0|10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168)\./;

/** Whether a host is one of the internet, as far as its name says: neither a machine of the guide nor a name that the guide gives. */
export function isSite(name: string, host: Host): boolean {
  if (isIPv4(name)) return !ofOneSite.test(name);
  if (!/\.[a-z]{2,}$/i.test(name) || ofOneNetwork.test(name)) return false;
  const given = host.files.get("/etc/hosts")?.parts ?? [];
  return !given.some(({ text }) => text.split(/\s+/).includes(name));
}

/** The host of a web or FTP address; undefined if it is none. What programs take without a scheme has one from `addressed`. */
export function hostOf(address: string): string | undefined {
  if (!/^(?:https?|ftp):\/\//i.test(address)) return undefined;
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}

/** By program that takes an address without a scheme, its options whose value is the next word. */
const valued: Readonly<Record<string, RegExp>> = {
  wget: /^(?:-[a-zA-Z]*[aABDeiIlOoPQRtTUwX]|--(?:output-document|directory-prefix|output-file|header|user|password|tries|timeout|user-agent|execute|input-file))$/,
  curl: /^(?:-[a-zA-Z]*[AbcCdDeEFhHKmoPQrtTuUwxXyYz]|--(?:output|header|data|user|user-agent|proxy|cacert|cert|key|max-time|connect-timeout|retry|retry-delay|request|resolve|referer|write-out|cookie|config|range|noproxy|proxy-user|form|interface|limit-rate))$/,
};

/** The addresses among a program's words: wget and curl take those of the web without `http://`, too. */
export const addressed = (program: string, words: readonly string[]): (string | undefined)[] =>
  words.map((word, index) => {
    const address = word.replace(/^--(?:url|filename)=/, "");
    if (hostOf(address) !== undefined) return address;
    const options = valued[program];
    if (!options || word.startsWith("-") || /[:@\s]/.test(word.split("/", 1)[0] ?? "")) return undefined;
    return options.test(words[index - 1] ?? "") ? undefined : `http://${word}`;
  });
