import { parse } from "unbash";
import { suggest } from "../../../input/suggest.ts";
import type { Fault, Subject, Text } from "../finding.ts";
import { linesIn } from "../../origin.ts";

/** What a hand slips over: blanks behind a backslash, an option on a line of its own, a colon before a blank, a gap left open. */
export function* slips(subject: Subject): Iterable<Fault> {
  for (const { text, shell, at } of textsOf(subject)) {
    for (const { 1: before = "", index } of text.matchAll(/^([^#\n]*)\\[ \t]+$/gm)) {
      const message = "a blank after the backslash: the line does not continue in the next one";
      const place = at(index + before.length);
      yield { rule: "text/line-end", at: place, message, hint: "end the line with the backslash itself" };
    }
    yield* modesOfSelinux(text, at);
    if (!shell) continue;
    yield* strayOptions(text, at);
    for (const { 0: copy, index: start } of text.matchAll(/\b(?:scp|rsync)\s[^\n|;&#]*/g)) {
      for (const { 0: whole, index } of copy.matchAll(/(?<=\s)[\w.${}@-]+:(?=[ \t]+[/~])/g)) {
        const message = `a blank after ${whole} makes two arguments of one`;
        const hint = `write the path directly after ${whole}`;
        yield { rule: "shell/remote-path", at: at(start + index), message, hint };
      }
    }
    for (const { 0: whole, 1: user = "", index } of text.matchAll(/\b([a-z]+)\d{1,3}(?:\.\d{1,3}){3}\b/g)) {
      const machine = subject.machines.find(({ address }) => whole === `${user}${address}`);
      if (machine === undefined) continue;
      const message = `${whole} is no address: the @ between user and machine is missing`;
      yield { rule: "shell/remote-path", at: at(index), message, hint: `write ${user}@${machine.address}` };
    }
    for (const { 0: whole, index } of text.matchAll(
      /(?<![\w.])(?:X{3,}(?:[A-Z]{2,}|_\w+)?|(?:node-csr-)X{2,}|YOUR_\w+)(?![\w.])/g,
    )) {
      const line = text.slice(text.lastIndexOf("\n", index) + 1, index);
      if (/#|\bmktemp\b/.test(line)) continue;
      const message = `"${whole}" stands for something that the reader is not told`;
      yield {
        rule: "shell/gap",
        at: at(index),
        message,
        hint: "write the value, or a command that finds it",
      };
    }
  }
}

function* textsOf({ commands, files }: Subject): Iterable<Text & { readonly shell: boolean }> {
  for (const each of commands) yield { ...each, shell: true };
  for (const { path, text, at } of files) {
    const shell = /^#!.*sh\b/.test(text);
    const joins = shell || /^\s*(?:\[(?:Unit|Service)\]|[A-Za-z_]\w*=["']?(?:-|$))/m.test(text);
    if (joins || path === "/etc/selinux/config") yield { text, shell, at };
  }
}

/** What SELinux can be in its file; of a substitution, what it puts there. */
function* modesOfSelinux(text: string, at: Text["at"]): Iterable<Fault> {
  const modes = ["enforcing", "permissive", "disabled"];
  for (const { line, start } of linesIn(text)) {
    if (/^\s*#/.test(line)) continue;
    const last = [...line.matchAll(/(?<![\w$])SELINUX=["']?([a-z]+)/gi)].at(-1);
    const [whole = "", mode = ""] = last ?? [];
    if (!last || modes.includes(mode.toLowerCase())) continue;
    const message = `SELINUX cannot be "${mode}"`;
    const offset = start + last.index + whole.length - mode.length;
    yield { rule: "files/selinux", at: at(offset), message, hint: suggest(mode, modes) };
  }
}

/** A command that begins like an option was meant to go on from the line before. */
function* strayOptions(text: string, at: Text["at"]): Iterable<Fault> {
  for (const { pos } of parse(text).commands) {
    if (!/^-{1,2}[a-z]/i.test(text.slice(pos, pos + 3))) continue;
    const before = text.slice(0, pos).split("\n").slice(0, -1);
    const empty = before.at(-1)?.trim() === "";
    const message = empty
      ? "an empty line ends the command before it: the option is a command of its own"
      : "the line before does not end in a backslash: the option is a command of its own";
    const hint = empty
      ? "take the empty line out"
      : "end the line before with a backslash, and nothing after it";
    yield { rule: "shell/continuation", at: at(pos), message, hint };
  }
}
