import type { z } from "zod";
import type { Action } from "../../../guide/edit/symptom.ts";
import { fatalLine } from "../../../blame/units/last-words.ts";
import type { symptomSchema } from "../../../guide/edit/symptom.ts";
import type { Step } from "../../../guide/types.ts";
import { shellQuote } from "../../../machines/ssh/quote.ts";
import { sh } from "../../../machines/ssh/sh.ts";

/** A symptom as an erratum has it written, and the step that it shows at. */
export type Guess = {
  readonly step: string;
  readonly symptom: z.input<typeof symptomSchema>;
  /** What has to be done, beside what is corrected, before it is gone. */
  readonly remedy?: readonly Action[];
};

/** A line of a journal: host, who says it, and what. */
const journalLine = /^\w{3} [ \d]\d [\d:.]+ (?<host>\S+) (?<speaker>[^\s[:]+)(?:\[\d+\])?: /;
/** The date of one in another language or form, with the quote that a post puts before it. */
const otherDate =
  /^[\s>]*(?:\d{4}-\d\d-\d\dT[\d:.,+Z-]+|\S{1,6} +\d{1,2} [\d:.]+) (?=\S+ [^\s[:]+(?:\[\d+\])?: )/;
const ofSystemd = /^(?<unit>[\w@.-]+)\.service: /;
const statusHead = /^[●×○*] (?<unit>[\w@.-]+)\.service\b/;

/** Seconds that a unit is given to say it. */
const within = "40s";

/**
 * Reads the status or the journal of one of the guide's units: the symptom is what its program said last, or systemd of it.
 * Where `systemctl start` waits for the program, it fails the step that starts it; else nothing fails at once, and the journal
 * is asked from that step on. Undefined if no unit of the guide says anything.
 */
export function symptomOfUnit(pasted: readonly string[], steps: readonly Step[]): Guess | undefined {
  const lines = pasted.map((line) => line.replace(otherDate, "Jan  1 00:00:00 "));
  const units = unitsOf(steps);
  const said = lines.flatMap((line) => {
    const { host = "", speaker = "" } = journalLine.exec(line)?.groups ?? {};
    const words = line.replace(journalLine, "");
    const named = speaker === "systemd" ? ofSystemd.exec(words)?.groups?.["unit"] : speaker;
    const unit = units.find(({ name, program }) => named === name || named === program);
    return speaker === "" || !unit ? [] : [{ line, host, unit, speaker, words }];
  });
  const headed = lines.map((line) => statusHead.exec(line)?.groups?.["unit"]).findLast(Boolean);
  const unit = units.find(({ name }) => name === headed) ?? said.at(-1)?.unit;
  const own = said.filter((each) => each.unit === unit);
  const words = fatalLine(own.map(({ line }) => line).join("\n"));
  if (!unit || words === undefined) return undefined;
  const host = own.at(-1)?.host;
  const start = unit.starts.find(({ machine }) => machine === host) ?? unit.starts[0];
  if (!start) return undefined;
  const message = lastingWords(words);
  const { id: step, machine } = start;
  const failed = unit.starts
    .filter((one) => own.some((each) => each.host === one.machine) || hasFailed(lines, one))
    .map((one) => one.machine);
  const machines = [...new Set([machine, ...failed])];
  if (unit.waitedFor) return { step, symptom: { step, ...(machines.length === 1 && { machine }), message } };
  const isSystemd = own.some((each) => each.speaker === "systemd" && each.words === words);
  const probe = { on: machine, run: journalProbe(unit.name, words, isSystemd), prints: message, within };
  const restart = `systemctl reset-failed ${unit.name}\nsystemctl restart ${unit.name}\n`;
  return { step, symptom: { probe, from: step }, remedy: machines.map((on) => ({ on, run: restart })) };
}

/** Whether what a run printed has the failure of a step, in whole or by its headline alone. */
export const hasFailed = (lines: readonly string[], { key }: Pick<Step, "key">): boolean =>
  lines.some((line) => line.includes(`${key}: `));

/**
 * Looks for words in the journal of a unit as it is now: those of its present or last process, or of systemd where no process came
 * up; not those of a process before, which stay in the journal whatever is corrected. systemd 219 has no invocation of a unit.
 */
function journalProbe(unit: string, words: string, isSystemd: boolean): string {
  const [literal = ""] = literalsIn(words).toSorted((a, b) => b.length - a.length);
  const found = sh`grep -F -- ${shellQuote(literal)} | tail -n 1`;
  return isSystemd
    ? sh`systemctl is-active --quiet ${unit} || journalctl --boot --unit ${unit} --output cat | ${found}`
    : sh`journalctl --boot --unit ${unit} _PID="$(systemctl show --property ExecMainPID ${unit} | cut -d= -f2)" --output cat | ${found}`;
}

/** What of a program's words stands in its journal each time. */
const literalsIn = (printed: string): string[] =>
  printed
    .replace(logger, "")
    .trim()
    .split(passing)
    .flatMap((part) => part.split(cut));

/** What systemctl says of a unit that it could not start: that step's own failure. */
export function symptomOfStart(lines: readonly string[], steps: readonly Step[]): Guess | undefined {
  for (const line of lines) {
    const [message, name] =
      /^(?:Job for|Failed to (?:re)?start) ([\w@.-]+)\.service\b[^.]*(?:\.|$)/.exec(line) ?? [];
    const [start] = unitsOf(steps).find((unit) => unit.name === name)?.starts ?? [];
    if (message === undefined || !start) continue;
    const { id: step, machine } = start;
    return { step, symptom: { step, machine, message } };
  }
  return undefined;
}

type Unit = {
  readonly name: string;
  readonly program: string;
  readonly starts: readonly Step[];
  /** Whether `systemctl start` ends only once the program has said that it is up. */
  readonly waitedFor: boolean;
};

/** Units that steps start, with what their files say of them. */
function unitsOf(steps: readonly Step[]): Unit[] {
  const starting = steps.flatMap((step) =>
    step.effects.filter(({ does }) => does === "starts").map(({ what }) => ({ what, step })),
  );
  return [...Map.groupBy(starting, ({ what }) => what)].map(([name, own]) => {
    const texts = steps.flatMap(({ action }) =>
      action.kind === "file" && action.path.endsWith(`/${name}.service`) ? action.content : [],
    );
    const text = texts.at(-1) ?? "";
    const program = /^ExecStart=[-@:+!]*(?:\S*\/)?([\w.-]+)/m.exec(text)?.[1] ?? name;
    const waitedFor = /^Type=(?:notify|forking|oneshot)/m.test(text);
    return { name, program, starts: own.map(({ step }) => step), waitedFor };
  });
}

/** What loggers put in front of what a program says: klog and glog, etcd's capnslog, Docker's logrus. */
const logger = /^(?:[IWEF]\d{4} [\d:.]+ +\d+ [\w./-]+:\d+\] |\d{4}-\d\d-\d\d [\d:.]+ [CEWNID] \| |time=\S+ )/;

/** What is another each time: dates and times, numbers of processes, counters, ages, names of requests, identifiers, a caller's port. */
const passing = new RegExp(
  [
    String.raw`\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|[ ]?[+-]\d\d:?\d\d)?(?: \w{3,4} m=\S+)?`,
    String.raw`\b\d\d:\d\d:\d\d(?:\.\d+)?\b`,
    String.raw`(?<=\bpid[ =:]{1,2})\d+`,
    String.raw`(?<=\w\[)\d+(?=\])`,
    // etcd's index, which counts all that was written to it.
    String.raw`(?<=\s\[)\d+(?=\]$)`,
    String.raw`(?<=\b(?:index|revision|term)"?[=: ]{1,2})\d+`,
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

/** What systemd says in other words on another system: an expression that finds both, of what its words have caught. */
const dialects: readonly (readonly [said: RegExp, (word: string) => string])[] = [
  [
    /^Unknown (?:operation|command verb) '?([\w-]+)'?\.$/,
    (verb) => `/Unknown (command verb|operation) .?${escaped(verb)}/`,
  ],
];

/**
 * What of a program's words another run says, too, as a symptom's message has it: a text, or an expression between slashes
 * where something in it is another each time.
 */
export function lastingWords(printed: string): string {
  const words = printed.replace(logger, "").trim();
  for (const [said, expression] of dialects) {
    const [, word] = said.exec(words) ?? [];
    if (word !== undefined) return expression(word);
  }
  const parts = words.split(passing).map((part) => part.split(cut));
  if (parts.length === 1 && parts[0]?.length === 1) return words;
  const expression = parts.map((part) => part.map(escaped).join(".*")).join(String.raw`\S+`);
  return `/${expression.replace(/^(?:\.\*|\\S\+)+|(?:\.\*|\\S\+)+$/g, "").trim()}/`;
}
