/** Time, host and process in front of a journal's line. */
const front = /^\w{3} [ \d]\d [\d:.]+ \S+ (\S+?)(?:\[\d+\])?: /;

const journalLines = 12;

/** What a line is good for, the most telling first. */
const kinds = ["end", "unstarted", "complaint", "error", "word", "other", "systemd", "help"] as const;
type Kind = (typeof kinds)[number];

/** Words of systemd where a program could not be started at all, those that tell why first; see systemd.exec(5). */
const unstarted = [
  /Failed (?:at step|to load environment files|to locate executable)/,
  /Failed to run '|status=2[0-4]\d\/[A-Z]/,
];

/** How loggers begin a line: klog and glog, etcd's capnslog, Docker's logrus; in a group, how grave it is. */
const logger =
  /^(?:(?<klog>[IWEF])\d{4} [\d:.]+ |\d{4}-\d\d-\d\d [\d:.]+ (?<capnslog>[CEWNIDT]) \| |(?:time=\S+ )?level=(?<logrus>\w+) )/;
const end = /^(?:[FC]|fatal|panic)$/;
const error = /^(?:E|error)$/;

/** Words of a program that ends, and words that go with failure. */
const ends =
  /^panic: |^(?:fatal|error): |unknown (?:flag|command|shorthand)|not defined|\binvalid\b|cannot|failed to|failed: |error|\bmust\b|^lost lease$/i;
const telling =
  /error|fail|refused|denied|unauthorized|fatal|panic|cannot|unable to|invalid|unrecognized|not found|no (?:such|help topic|matches)|x509|expired/i;

/** A list of options, the headlines of such, and stacks of Go. */
const help =
  /^\s|^--?\w|^[A-Z][\w ]*:$|^(?:Usage|goroutine \d+|created by )\b|^\S+\((?:0x[\da-f]+.*|\.\.\.|)\)$/;

type Said = { readonly said: string; readonly kind: Kind };

function read(line: string): Said {
  const speaker = front.exec(line)?.[1] ?? "";
  const said = line.replace(front, "");
  // A name in parentheses is systemd's, too, before it has become the program.
  if (/^systemd$|^\(/.test(speaker))
    return { said, kind: unstarted.some((words) => words.test(said)) ? "unstarted" : "systemd" };
  const { klog, capnslog, logrus } = logger.exec(said)?.groups ?? {};
  const gravity = klog ?? capnslog ?? logrus;
  return { said, kind: gravity === undefined ? kindOf(said) : ofLogger(gravity, said) };
}

function ofLogger(gravity: string, said: string): Kind {
  if (end.test(gravity)) return "end";
  if (error.test(gravity)) return "error";
  // Kubernetes' programs begin with all their options, as they understood them.
  if (/\] FLAG: --/.test(said)) return "help";
  // Whatever words are in it, an information is no complaint.
  return /^(?:W|warning)$/.test(gravity) && telling.test(said) ? "word" : "other";
}

function kindOf(said: string): Kind {
  if (help.test(said) || said.startsWith("-- ") || said === "") return "help";
  if (/^(?:Job for \S+ failed|See "systemctl status)/.test(said)) return "systemd";
  if (said.startsWith("panic: ")) return "end";
  if (ends.test(said)) return "complaint";
  return telling.test(said) ? "word" : "other";
}

/** Time and process in front of what klog and glog write. */
const klogHead = /^([IWEF])\d{4} [\d:.]+ +\d+ /;

/** What a program said, without what only tells when: for headlines, and to see who said the same. */
export const inShort = (said: string): string => said.replace(klogHead, "");

/** Whether a line is about what goes wrong, whoever says it. */
export const isTelling = (line: string): boolean => kinds.indexOf(read(line).kind) <= kinds.indexOf("word");

/** What a line says without what is another each time: times, numbers of processes, identifiers. */
export const template = (line: string): string =>
  line
    .replace(front, "")
    .replace(klogHead, "$1 ")
    .replaceAll(/\b[\da-f-]*\d[\da-f-]{7,}\b/gi, "#")
    .replaceAll(/\d+/g, "#");

/** The most telling lines of a journal, in their order; of those that say the same the last one. */
export function tellingLines(lines: readonly string[], most = journalLines): string[] {
  const last = new Map(lines.map((line, index) => [template(line), { line, index }]));
  const ranked = [...last.values()].map(({ line, index }) => ({
    line,
    index,
    rank: kinds.indexOf(read(line).kind),
  }));
  const spoken = ranked.filter(({ rank }) => rank < kinds.indexOf("help"));
  return (spoken.length > 0 ? spoken : ranked)
    .toSorted((a, b) => a.rank - b.rank || b.index - a.index)
    .slice(0, most)
    .toSorted((a, b) => a.index - b.index)
    .map(({ line }) => line);
}

const isSystemd = ({ kind }: Said): boolean => kind === "systemd" || kind === "unstarted";

/** The last line in which a program says why it ends, or systemd why it could not start it since; undefined if there is none. */
export function fatalLine(journal: string): string | undefined {
  const lines = journal.split("\n").map(read);
  const since = lines.slice(lines.findLastIndex((line) => line.kind !== "help" && !isSystemd(line)) + 1);
  const failed = unstarted
    .map((words) => since.findLast((line) => isSystemd(line) && words.test(line.said)))
    .find(Boolean);
  if (failed) return failed.said;
  const own = lines.filter((line) => line.kind !== "help" && !isSystemd(line));
  const gravest = kinds.find((kind) => own.some((line) => line.kind === kind));
  return own.findLast(({ kind }) => kind === gravest)?.said;
}

/** Lines of a journal up to the one in which a program said why it ends, with what systemd says after it. */
export function upToEnd(lines: readonly string[], said: string | undefined): readonly string[] {
  const own = lines.findLastIndex((line) => read(line).said === said);
  return own < 0 ? lines : lines.filter((line, index) => index <= own || isSystemd(read(line)));
}

/** How often a program logs the same error before it is a complaint: one that is mended by itself comes once or twice. */
const again = 3;

/** What the suites call their namespaces, and what they create outside of them. */
const ofSuites = /guide-suites-/;
const identifier = /\b(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{12,64})\b/g;
const container = /\bcontainer "[^"]+"/i;

/** Whether a line is about what the suites created: by its name, or by what other lines say belongs to that. */
function aboutSuites(lines: readonly string[]): (line: string) => boolean {
  const own = lines.filter((line) => ofSuites.test(line));
  const ids = new Set(own.flatMap((line) => line.match(identifier) ?? []));
  const containers = new Set(own.flatMap((line) => container.exec(line)?.[0].toLowerCase() ?? []));
  return (line) =>
    ofSuites.test(line) ||
    (line.match(identifier) ?? []).some((id) => ids.has(id)) ||
    (!/\bpod "/i.test(line) && containers.has(container.exec(line)?.[0].toLowerCase() ?? ""));
}

/** Characters of a complaint that are told. */
const longest = 200;

/** What speaks against a program that runs: its last words, or an error that it logs again and again and is not `usual`, by template. */
export function complaintOf(
  lines: readonly string[],
  usual: ReadonlySet<string> | undefined,
): string | undefined {
  const own = lines.filter((line) => !usual?.has(template(line)));
  const isOfSuites = aboutSuites(lines);
  const errors = usual ? own.filter((line) => read(line).kind === "error" && !isOfSuites(line)) : [];
  const often = Map.groupBy(errors, template);
  const found =
    own.findLast((line) => read(line).kind === "end") ??
    errors.findLast((line) => (often.get(template(line)) ?? []).length >= again);
  return found && inShort(read(found).said).slice(0, longest);
}

/** Status of the last process that ended, as systemd words it: `Main process exited, code=exited, status=255/EXCEPTION`. */
export const lastStatus = (journal: string): number | undefined => {
  const status = [...journal.matchAll(/main process exited, .*status=(\d+)/gi)].at(-1)?.[1];
  return status === undefined ? undefined : Number(status);
};
