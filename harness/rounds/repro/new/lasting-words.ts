/** What loggers put in front of what a program says: klog and glog, etcd's capnslog, Docker's logrus. */
const logger = /^(?:[IWEF]\d{4} [\d:.]+ +\d+ [\w./-]+:\d+\] |\d{4}-\d\d-\d\d [\d:.]+ [CEWNID] \| |time=\S+ )/;

/** What is another each time: dates and times, numbers of processes, ages, names of requests, identifiers, a caller's port. */
const passing = new RegExp(
  [
    String.raw`\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[ ]?[+-]\d\d:?\d\d)?(?: \w{3,4} m=\S+)?`,
    String.raw`\b\d\d:\d\d:\d\d(?:\.\d+)?\b`,
    String.raw`(?<=\bpid[ =:]{1,2})\d+`,
    String.raw`(?<=\w\[)\d+(?=\])`,
    String.raw`\b\d+(?:\.\d+)?(?:ms|µs|s|m|h|d)(?:\d+(?:\.\d+)?[smh])*\b`,
    String.raw`(?<=\bnode-csr-)[\w-]{20,}`,
    String.raw`\b(?=[\da-f-]*\d)[\da-f]{12,}(?:-[\da-f]+)*\b`,
    String.raw`(?<=\.\d{1,3}:)\d{4,5}(?=->)`,
  ].join("|"),
  "gi",
);

/** Where `systemctl status` has cut a line, for a terminal has only so many columns. */
const cut = /\.{3}|…/;

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

/**
 * What of a program's words another run says, too, as a symptom's message has it: a text, or an expression between slashes
 * where something in it is another each time.
 */
export function lastingWords(said: string): string {
  const words = said.replace(logger, "").trim();
  const parts = words.split(passing).map((part) => part.split(cut));
  if (parts.length === 1 && parts[0]?.length === 1) return words;
  const expression = parts.map((part) => part.map(escaped).join(".*")).join(String.raw`\S+`);
  return `/${expression.replace(/^(?:\.\*|\\S\+)+|(?:\.\*|\\S\+)+$/g, "").trim()}/`;
}
