import {
  forEachChild,
  parse,
  type Assignment,
  type Command,
  type PipelineNode,
  type Redirection,
  type SyntaxNode,
  type Word,
  type WordPart,
} from "unbash";
import { expandHereDocument, placeIn } from "../check/files/here-document.ts";
import type { TextLocation } from "../check/finding.ts";
import {
  type Around,
  type Arg,
  type Call,
  effect,
  names,
  type SimulatedState,
  type Standing,
  type Stream,
  unknown,
  write,
} from "./call.ts";
import { runCommand } from "./commands.ts";
import { settingAt } from "./asks/demands.ts";
import type { Host, Part, Shell } from "./host.ts";
import { type Expanded, expand, longest, unknownWord, type Watcher } from "./words.ts";

/** How deep scripts and functions that call each other are followed. */
const deepest = 16;

/** Where a person types: it feeds nothing. */
const terminalFile = /^\/dev\/(?:tty|console|pts\/.*)$/;

/** A step's own commands: nothing is typed into them, what they print is seen, and a failure ends the step. */
export const atTheStep: Around = { fed: false, shown: true, optional: false, sure: true, login: true };

const feeds = (redirects: readonly Redirection[]): boolean =>
  redirects.some(
    (redirect) =>
      redirect.type !== "Redirect" ||
      (redirect.operator.startsWith("<") && !terminalFile.test(redirect.target?.value ?? "")),
  );

const hides = (redirects: readonly Redirection[]): boolean =>
  redirects.some(
    (redirect) =>
      redirect.type === "Redirect" && redirect.operator.includes(">") && redirect.descriptor === undefined,
  );

/** Follows a script on a host: what it reads must be there, what it makes is there afterwards. */
export function runScript(
  story: SimulatedState,
  host: Host,
  shell: Shell,
  source: Part,
  outer: Around = atTheStep,
): void {
  const { step, text } = source;
  let around = outer;
  const within = <T>(change: Partial<Around>, work: () => T): T => {
    const before = around;
    around = { ...around, ...change };
    const result = work();
    around = before;
    return result;
  };
  const redirected = <T>(redirects: readonly Redirection[], work: () => T): T =>
    within({ fed: around.fed || feeds(redirects), shown: around.shown && !hides(redirects) }, work);

  const here = (): Standing => ({ story, host, around });
  const spot = (at: number): TextLocation => ({ step, offset: placeIn(source, at) });
  const fault: Call["fault"] = (rule, at, message, hint) =>
    void story.faults.push({ rule, at, message, hint });
  /** Commands in a shell within, whose folder is its own. */
  const apart = (node: SyntaxNode, change: Partial<Around> = {}): void => {
    const { cwd } = shell;
    within({ login: false, ...change }, () => walk(node));
    shell.cwd = cwd;
  };
  const followed: Watcher["command"] = ({ script }) => script && apart(script, { shown: false });
  const expandWith = (word: Word, hint: (name: string) => string, splits = false): Expanded[] => {
    const unset = (name: string, at: number): void =>
      fault("shell/variable", spot(at), `$${name} is not set`, hint(name));
    return expand(word, host, shell, { unset, command: followed }, splits);
  };
  const words = (word: Word, splits = true): Arg[] =>
    expandWith(word, (name) => `set it before, in the same shell: ${name}=…`, splits).map(
      ({ text: expanded, known }) => ({ text: expanded, known, spot: spot(word.pos) }),
    );
  const inHereDocument = (part: WordPart): Expanded[] =>
    expandWith(
      { type: "Word", text: part.text, value: part.text, pos: part.pos, end: part.end, parts: [part] },
      (name) =>
        `the shell writes nothing in its place: write \\$${name} to have it in the file, or quote the here-document's delimiter, as in << 'EOF'`,
    );

  const run: Call["run"] = (part, inShell, change, on = host) =>
    runScript(story, on, inShell, part, { ...around, ...change });

  const assign = ({ name, value, append }: Assignment): void => {
    const found = value.type === "Word" ? words(value, false) : value.elements.flatMap((word) => words(word));
    const before = append === true ? [shell.variables.get(name) ?? ""] : [];
    const whole = [...before, ...found.map((word) => word.text)].join(value.type === "Word" ? "" : " ");
    shell.variables.set(name, found.every(({ known }) => known) && whole.length < longest ? whole : "\0");
    for (const word of found) names(here(), word.text, shell.cwd, word.spot);
  };

  const redirect = (redirection: Redirection, output: Stream): Stream => {
    if (redirection.type === "HereDoc") {
      const part = expandHereDocument(redirection, source, inHereDocument);
      names(here(), part.text, shell.cwd, spot(redirection.body.pos));
      return { part };
    }
    const [target] = redirection.target ? words(redirection.target) : [];
    if (target === undefined) return {};
    if (redirection.type !== "Redirect") names(here(), target.text, shell.cwd, target.spot);
    else if (/^(?:>>?|&>>?|>\|)$/.test(redirection.operator)) {
      if (!target.known) effect(here(), "unknown", `${redirection.operator} ${target.text}`, target.spot);
      else writeTo(host.resolve(target.text, shell), output, redirection);
    } else if (redirection.operator === "<" && target.known) {
      effect(here(), "reads", host.resolve(target.text, shell), target.spot);
    }
    return {};
  };

  const writeTo = (path: string, { part }: Stream, { operator, pos }: Redirection): void => {
    if (path === "/dev/null") return;
    write(here(), path, { parts: part ? [part] : [] }, spot(pos), operator.endsWith(">>"));
    story.demands.push(...settingAt(path, story, spot(pos), around));
  };

  const simple = (command: Command, piped: Stream): Stream => {
    const { name } = command;
    for (const prefix of command.prefix) {
      if (prefix.type !== "Assignment") continue;
      if (!name) assign(prefix);
      else if (prefix.value.type === "Word") words(prefix.value);
    }
    if (name === undefined) {
      for (const redirection of command.redirects) redirect(redirection, {});
      return {};
    }
    const input = command.redirects
      .map((redirection) => (redirection.type === "HereDoc" ? redirect(redirection, {}) : {}))
      .reduce((last, next) => ("part" in next ? next : last), piped);
    const args = command.args.flatMap((arg) => {
      if (arg.type === "Word") return words(arg);
      assign(arg);
      return [];
    });
    const [called, ...more] = words(name);
    const output = called ? redirected(command.redirects, () => call(called, [...more, ...args], input)) : {};
    for (const redirection of command.redirects) {
      if (redirection.type !== "HereDoc") redirect(redirection, output);
    }
    return output;
  };

  const call = ({ text: name, known, spot: at }: Arg, args: readonly Arg[], input: Stream): Stream => {
    const called: Call = { story, host, shell, name, spot: at, args, input, around, fault, run };
    const defined = shell.functions.get(name);
    if (known && !defined) return runCommand(called);
    if (!defined || story.depth >= deepest) return unknown(called);
    defined(args, around);
    return {};
  };

  /** Makes a function: what it does counts where it is called. */
  const define = (name: string, body: SyntaxNode): void => {
    shell.functions.set(name, (args, caller) => {
      const given = [...args.entries()].map(([index, arg]): [string, Expanded] => [String(index + 1), arg]);
      const all = { text: args.map((arg) => arg.text).join(" "), known: args.every(({ known }) => known) };
      const before = new Map(shell.variables);
      for (const [number, { text: value, known }] of [...given, ["@", all] as const, ["*", all] as const])
        shell.variables.set(number, known ? value : "\0");
      story.depth += 1;
      within(caller, () => walk(body));
      story.depth -= 1;
      for (const key of [...given.map(([number]) => number), "@", "*"]) {
        const value = before.get(key);
        if (value === undefined) shell.variables.delete(key);
        else shell.variables.set(key, value);
      }
    });
  };

  const pipeline = (node: PipelineNode): void => {
    const { commands, prefixes } = node.type === "Pipeline" ? node : { commands: [node], prefixes: [] };
    let stream: Stream = {};
    for (const [index, command] of commands.entries()) {
      const change = {
        fed: around.fed || index > 0,
        shown: around.shown && index === commands.length - 1,
        optional: around.optional || prefixes.some(({ type }) => type === "Negation"),
        login: around.login && commands.length === 1,
      };
      stream = within(change, () => {
        if (command.type === "Command") return simple(command, stream);
        walk(command);
        return {};
      });
    }
  };

  function walk(node: SyntaxNode): void {
    story.left -= 1;
    if (story.left === 0) effect(here(), "unknown", "too much to follow", spot(node.pos));
    if (story.left <= 0) return;
    if (node.type === "Command" || node.type === "Pipeline") pipeline(node);
    else if (node.type === "For") {
      const values: readonly Expanded[] = node.wordlist?.flatMap((word) => words(word)) ?? [unknownWord];
      for (const value of values) {
        if (story.left <= 0) break;
        shell.variables.set(node.name.value, value.known ? value.text : "\0");
        walk(node.body);
      }
    } else if (node.type === "Subshell") {
      apart(node.body);
    } else if (node.type === "AndOr") {
      const last = node.operators.lastIndexOf("||");
      for (const [index, command] of node.commands.entries()) {
        const after = index > 0 ? node.operators[index - 1] : undefined;
        const change = {
          optional: around.optional || index <= last,
          login: around.login && after !== "||",
          sure: around.sure && after !== "||",
        };
        within(change, () => walk(command));
      }
    } else if (node.type === "If" || node.type === "Elif" || node.type === "While") {
      within({ optional: true }, () => walk(node.clause));
      const body = (): void => forEachChild(node, (child) => child !== node.clause && walk(child));
      within({ login: false, sure: false }, body);
    } else if (node.type === "Case" || node.type === "Select") {
      within({ login: false, sure: false }, () => forEachChild(node, walk));
    } else if (node.type === "Redirected") {
      for (const redirection of node.redirects) redirect(redirection, {});
      redirected(node.redirects, () => walk(node.command));
    } else if (node.type === "Statement" && node.background === true) {
      within({ optional: true }, () => walk(node.command));
    } else if (node.type === "Function") define(node.name.value, node.body);
    else {
      // A word by itself stands in a condition, or in what is matched.
      if (node.type === "Word") names(here(), node.value, shell.cwd, spot(node.pos));
      forEachChild(node, walk);
    }
  }
  if (story.depth >= deepest) {
    effect(here(), "unknown", "too deep to follow", spot(0));
    return;
  }
  story.depth += 1;
  const parsed = parse(text);
  const [error] = parsed.errors ?? [];
  if (error) effect(here(), "unknown", `text that the shell cannot read: ${error.message}`, spot(error.pos));
  walk(parsed);
  story.depth -= 1;
}
