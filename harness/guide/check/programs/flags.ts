import { suggestFrom } from "../../../input/suggest.ts";
import { parseEnvironment } from "../files/environment-file.ts";
import { environmentFiles, parseUnit } from "../files/systemd-unit.ts";
import type { Fault, Subject } from "../finding.ts";
import { wordsOf } from "../words.ts";
import { versionOf } from "./versions.ts";

/** Whether it is known which options the guide's version of Kubernetes has. */
export const knowsOptions = (subject: Subject): boolean =>
  versionOf(subject, "Kubernetes")?.startsWith("1.14.") === true;

/** A program that a command line calls: what it is called in messages, its options, and where its words begin. */
type Called = {
  readonly title: string;
  readonly known: ReadonlySet<string>;
  readonly takesOneDash: boolean;
  readonly from: number;
};

const ofKubernetes = /^kube(?:-apiserver|-controller-manager|-scheduler|-proxy|let)$/;

/** Programs whose library takes options with one dash or two, and the versions that have those of words.txt. */
const others: Readonly<Record<string, readonly [archive: "etcd" | "flannel", versions: RegExp] | undefined>> =
  { etcd: ["etcd", /^3\.3\./], flanneld: ["flannel", /^0\.1[0-4]\./] };

/** The first program of a command, which a shell may call, whose options are known. */
function calledBy(command: string, subject: Subject): Called | undefined {
  for (const { 0: path, 1: program = "", index } of command.matchAll(
    /(?<![\w$}])\/(?:[\w.-]+\/)*([\w-]+)(?=\s|$)/g,
  )) {
    const from = index + path.length;
    const known = new Set(wordsOf(program));
    const version = versionOf(subject, "Kubernetes") ?? "";
    if (ofKubernetes.test(program) && knowsOptions(subject))
      return { title: `${program} of Kubernetes ${version}`, known, takesOneDash: false, from };
    const [archive, versions] = (Object.hasOwn(others, program) ? others[program] : undefined) ?? [];
    const its = archive && versionOf(subject, archive);
    if (its !== undefined && versions?.test(its))
      return { title: `${program} ${its}`, known, takesOneDash: true, from };
  }
  return undefined;
}

/**
 * Programs are given options that they have, and no other words: most end at once, the apiserver passes over
 * what it does not know as an option, and systemd starts them again.
 */
export function* programFlags(subject: Subject): Iterable<Fault> {
  const { files } = subject;
  for (const { text: unit, at } of files.filter(({ path }) => path.endsWith(".service"))) {
    const { entries } = parseUnit(unit);
    for (const { key, value, valueOffset } of entries) {
      const called = key === "ExecStart" ? calledBy(value, subject) : undefined;
      if (called === undefined) continue;
      const { title, from: begin } = called;
      const given = files.filter(({ path: file }) => environmentFiles(entries).includes(file));
      const texts = [
        { text: value.slice(begin), at: (offset: number) => at(valueOffset + begin + offset) },
        ...given.flatMap((file) =>
          parseEnvironment(file.text)
            .entries.filter(({ name }) => new RegExp(`\\$\\{?${name}\\b`).test(value))
            .map(({ valueOffset: from, end }) => ({
              text: file.text.slice(from, end).replace(/^(["'])(.*)\1\s*$/s, " $2"),
              at: (offset: number) => file.at(from + offset),
            })),
        ),
      ];
      for (const { text, at: placeOf } of texts) {
        for (const { index, message, hint } of wrong(text, called))
          yield { rule: "versions/flag", at: placeOf(index), message: `${title} ${message}`, hint };
      }
    }
  }
}

/** Programs that end at a word that is no option; to `true` behind an option that is true by itself, others do nothing. */
const endsAtWords = /^(?:kubelet|kube-proxy) /;

/** Words of a command line that a program does not know; those that a shell or a page has put there are told elsewhere. */
function* wrong(
  text: string,
  { title, known, takesOneDash }: Called,
): Iterable<{ readonly index: number; readonly message: string; readonly hint: string }> {
  const unknownOption = (index: number, option: string) => {
    const hint = suggestFrom(option.replace(/^-+/, ""), known, "The program lists its options with --help.");
    return { index, message: `has no option ${option}: it exits at once`, hint };
  };
  let before = "";
  for (const { 0: word, index } of text.matchAll(/(?:\\?["'][^"']*["']|[^\s"'\\])+/g)) {
    // What follows a remark, or a shell's own, is told as that.
    if (/^[#<>|&]/.test(word)) return;
    const [, dashes = "", name = ""] = /^(-*)([a-zA-Z][\w-]*)(?=[=:]|$)/.exec(word) ?? [];
    // The value of an option may be the next word.
    const isAlone = /^(?:true|false)$/.test(word) && endsAtWords.test(title);
    const isValue = /^--?[\w-]+$/.test(before) && !isAlone;
    before = word;
    if (takesOneDash) {
      if (dashes !== "" && !known.has(name)) yield unknownOption(index, dashes + name);
    } else if (dashes === "--" && !known.has(name)) {
      yield unknownOption(index, `--${name}`);
    } else if (dashes === "-" && name.length > 1) {
      const message = `takes -${name} for several options of one letter: it exits at once`;
      yield { index, message, hint: `write --${name}` };
    } else if (dashes === "" && !isValue && /^[\w./:,=-]+$/.test(word)) {
      const hint = known.has(name)
        ? `write --${name}`
        : "take the blank before it out, or write it as an option";
      yield { index, message: `takes no words that are no options: ${word}`, hint };
    }
  }
}
