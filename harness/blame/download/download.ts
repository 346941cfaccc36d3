import { effectsOfScript } from "../../guide/effects/effects.ts";
import { closedSites } from "../../guide/sites.ts";
import type { Effect } from "../../guide/types.ts";
import { type Kind, signs } from "./download-signs.ts";

/** What is known of commands that failed, if some of them download. */
export type Fetched = {
  /** Programs among them that download, such as wget and yum. */
  readonly fetchers: readonly string[];
  readonly alone: boolean;
  readonly script: string;
  readonly exitCode: number;
  /** What it printed; of several commands, the last that ran. */
  readonly output: string;
  readonly late?: string;
  /** Names and addresses of the guide's machines: what answers there, or does not, is the guide's. */
  readonly machines?: readonly string[];
};

/** Whose fault a download is that failed: a host's or the way's to it, or that of an address of the guide. */
export type FailedDownload = {
  readonly fault: "network" | "address";
  readonly said: string;
  readonly hint: string;
};

type Answer = {
  readonly kind: Kind;
  readonly host: string;
  readonly words: string;
  readonly status?: number;
};

const address = String.raw`(?:https?|ftp):\/\/(?:[^/@\s]*@)?([\w.-]+(?::\d+)?)`;

/** Where the artifact set answers for a site, on the machine itself: /FILE/SITE/PATH, or /FILE/mirror/SITE/PATH. */
const mirrored = /http:\/\/127\.0\.0\.1:17001\/[^/\s]+\/(?:mirror\/)?([\w.-]+)/;

/** A repository was not read, whatever it has. */
const unread =
  /\[Errno 256\]|No more mirrors to try|valid baseurl for repo|Could not fetch\/save url|Failed to download metadata|Errors during downloading metadata|Cannot retrieve (?:repository metadata|metalink)/;

/** Lines of yum about a mirror, which begin with its address, and about a list of mirrors. */
const passedOver = /^(?:(?:https?|ftp|file):\S+: \[Errno 1[24]\]|1[24]: ).*$/gm;

/** An RPM that yum was given by its address, or path, and has not got. */
const unopened = /^Cannot open: (\S+?)\.? Skipping/gm;

/** The guide names what no repository or registry has, or may not ask. */
const unknown =
  /No package \S+ available|Nothing to do|Unable to find a match|No match for argument|manifest unknown|repository does not exist|manifest for \S+ not found|[Rr]epository not found|does not appear to be a git repository|Permission denied \(publickey|Host key verification failed/;

/** Exit codes by which a program that is told to be quiet says that it is not to blame. */
const quiet: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  wget: { 4: "network failure", 5: "TLS failure" },
  curl: {
    5: "no proxy",
    6: "no host of that name",
    7: "no connection",
    18: "cut short",
    28: "timeout",
    35: "no TLS",
    52: "empty answer",
    55: "broken connection",
    56: "broken connection",
    60: "certificate not trusted",
    77: "no CA certificates",
  },
};

/** Codes of HTTP by which a host says that it cannot or does not want to now; other errors are about the address. */
const passing = (status: number): boolean =>
  status >= 500 || [403, 407, 408, 421, 425, 429, 451].includes(status);
const moved = (status: number): boolean => status >= 300 && status < 400;

/** Why commands failed, if it was a download: by what its program says of it. Undefined if it says nothing of the kind. */
export function failedDownload(fetched: Fetched): FailedDownload | undefined {
  const { fetchers, alone, exitCode, output, late } = fetched;
  const [fetcher = ""] = fetchers;
  if (fetcher === "") return undefined;
  const effects = effectsOfScript(fetched.script);
  const url = effects.find(({ does }) => does === "downloads")?.what ?? "";
  const host = new RegExp(address).exec(url)?.[1] ?? `the host that ${fetcher} asked`;
  if (late !== undefined) {
    const hint = "Check the host and the network path to it, or fetch the file by other means.";
    return alone ? { fault: "network", said: `${host} did not finish it: ${late}`, hint } : undefined;
  }
  // yum goes on with another mirror, unless it has none left.
  const goesOn = fetchers.includes("yum") && !unread.test(output);
  const packages = [...output.matchAll(unopened)].map(([, path = ""]) => path);
  const ofItsEnd = (line: string): string =>
    packages.some((path) => line.startsWith(`${path}: `)) ? line : "";
  const all = answersIn(goesOn ? output.replaceAll(passedOver, ofItsEnd) : output, host).filter(
    (answer) => !isOwn(answer.host, fetched) && !isOther(answer, effects),
  );
  // One of a host's addresses may not be reached, and another one answer.
  const answers = all.filter(
    ({ kind, host: asked }, index) =>
      kind !== "connection" ||
      !all.slice(index).some((later) => later.kind === "status" && bare(later.host) === bare(asked)),
  );
  const code = alone ? quiet[fetcher]?.[exitCode] : undefined;
  if (answers.length === 0 && code !== undefined) {
    const kind = code.includes("certificate") ? "trust" : "other";
    const answer = { kind, host, words: `${code} (exit code ${exitCode} of ${fetcher})` } as const;
    if (!isOther(answer, effects)) answers.push(answer);
  }
  if (answers.length === 0 || (isUnknown(output, packages) && !unread.test(output))) return undefined;
  const told = answers.some(({ kind }) => kind !== "other")
    ? answers.filter(({ kind }) => kind !== "other")
    : answers;
  const said = [...new Set(told.map(describe))].slice(0, 3).join("; ");
  const network = told.filter((answer) => !isOfTheGuide(answer));
  return network.length === 0
    ? { fault: "address", said, hint: hintOfAddress(told) }
    : { fault: "network", said, hint: hintOfNetwork(network) };
}

/** Whether a program that has ended well did not get what it was told to: yum-config-manager goes on without. */
export const fetchedNothing = (fetchers: readonly string[], output: string): boolean =>
  fetchers.includes("yum-config-manager") && /Could not fetch\/save url/.test(output);

/** What hosts answered, in the order in which it was printed; `asked` is the host of what names none. */
function answersIn(output: string, asked: string): Answer[] {
  // wget names the address in a line of its own, before what became of it.
  let current = asked;
  return output.split("\n").flatMap((line): Answer[] => {
    const site = mirrored.exec(line)?.[1];
    const here = site === undefined ? new RegExp(address).exec(line)?.[1] : `the machine's mirror of ${site}`;
    if (here !== undefined) current = here;
    for (const [kind, sign] of signs) {
      const groups = sign.exec(line)?.groups;
      if (!groups) continue;
      const { host = here ?? current, words = "", status } = groups;
      return [{ kind, host, words: words.trim(), ...(status !== undefined && { status: Number(status) }) }];
    }
    return [];
  });
}

/** Whether a service of the guide may be meant. A download by itself may still ask a proxy or a mirror that is near. */
const isOwn = (host: string, { alone, script, machines = [] }: Fetched): boolean =>
  machines.includes(bare(host)) ||
  (/^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[\w-]+(?::\d+)?$)/.test(host) &&
    (!alone || script.includes(bare(host))));

/** Whether the guide says whom to trust, or docker reads a file that may be cut short. */
const isOther = ({ kind, words }: Answer, effects: readonly Effect[]): boolean =>
  effects.some(({ does }) =>
    kind === "trust" ? does === "trusts" : words === "unexpected EOF" && does === "loads",
  );

/** Where yum has not got packages by their addresses, it has nothing to do for that reason. */
const isUnknown = (output: string, packages: readonly string[]): boolean =>
  unknown.test(packages.length > 0 ? output.replaceAll("Nothing to do", "") : output);

const bare = (host: string): string => host.replace(/:\d+$/, "");
const closed = (host: string): string | undefined =>
  Object.hasOwn(closedSites, bare(host)) ? closedSites[bare(host)] : undefined;

const isOfTheGuide = ({ host, status }: Answer): boolean =>
  closed(host) !== undefined || (status !== undefined && !passing(status) && !moved(status));

function describe({ kind, host, words, status }: Answer): string {
  if (kind === "status") {
    const answer = [status, words].filter(Boolean).join(" ");
    const follows = status !== undefined && moved(status) ? ", a redirect that was not followed" : "";
    return `${host} answered ${answer}${follows}`;
  }
  if (kind === "name") return `${host} was not resolved`;
  if (kind === "trust") return `the certificate of ${host} was not trusted${words && `: ${words}`}`;
  return `${host}: ${words || "no connection"}`;
}

function hintOfNetwork(answers: readonly Answer[]): string {
  const hints = [
    answers.some(({ status }) => status !== undefined && moved(status)) &&
      "Old yum does not follow http to https: if the host always answers so, the guide has to name the https address.",
    answers.some(({ kind }) => kind === "name") &&
      "A misspelt host name looks like a resolver that does not answer: see the name in the guide, and whether the machine resolves others.",
    answers.some(({ kind }) => kind === "trust") &&
      "Check the machine's clock, and whether its CA certificates (ca-certificates) are too old.",
  ].filter((hint) => hint !== false);
  return hints.length > 0
    ? hints.join(" ")
    : "This says nothing about the guide. See whether the host answers elsewhere, and try again when it does.";
}

function hintOfAddress(answers: readonly Answer[]): string {
  const known = answers.map(({ host }) => closed(host)).find((hint) => hint !== undefined);
  return (
    known ??
    "The host answers, but not for this address: see whether the guide has it right, or whether it has moved."
  );
}
