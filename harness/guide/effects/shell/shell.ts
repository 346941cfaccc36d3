import {
  forEachChild,
  parse,
  type Assignment,
  type Command,
  type PipelineNode,
  type SyntaxNode,
  type Word,
  type WordPart,
} from "unbash";
import { spotIn } from "../../check/files/here-document.ts";
import type { TextLocation } from "../../check/finding.ts";
import {
  type Around,
  type Call,
  effect,
  names,
  nothing,
  type Story,
  type Standing,
  type Stream,
  unknown,
} from "../call.ts";
import { type Arg, asWritten } from "./args.ts";
import { runCommand } from "../commands.ts";
import type { Host, Part, Shell } from "../host.ts";
import { holds, judge } from "./conditions.ts";
import { compute } from "./arithmetic.ts";
import { andOr, choose, count, loop, pick, repeat, sequence } from "./control.ts";
import { apart, type Follower, withVariables } from "./follower.ts";
import { keptByQuotes } from "./quotes.ts";
import { inputOf, redirected } from "./redirects.ts";
import { type Expanded, expand, longest, numbersOf, setElements, type Watcher } from "./words.ts";

/** How deep scripts and functions that call each other are followed. */
const deepest = 16;

/** What a condition expands is followed elsewhere. */
const silent: Watcher = { unset: () => {}, command: () => {} };

/** A step's own commands: nothing is typed into them, what they print is seen, and a failure ends the step. */
export const atTheStep: Around = {
  fed: false,
  input: {},
  shown: true,
  optional: false,
  guarded: false,
  sure: true,
  login: true,
};

/** Follows a script on a host: what it reads must be there, what it makes is there afterwards. */
export function runScript(
  story: Story,
  host: Host,
  shell: Shell,
  source: Part,
  outer: Around = atTheStep,
): void {
  const { text } = source;
  let around = outer;
  const within = <T>(change: Partial<Around>, work: () => T): T => {
    const before = around;
    around = { ...around, ...change };
    const result = work();
    around = before;
    return result;
  };
  const here = (): Standing => ({ story, host, around });
  const spot = (at: number): TextLocation => spotIn(source, at);
  const fault: Call["fault"] = (rule, at, message, hint) =>
    void story.faults.push({ rule, at, message, hint });
  const followed: Watcher["command"] = ({ script }) => {
    if (script) apart(follower, () => walk(script), { shown: false });
  };
  const expandWith = (word: Word, hint: (name: string) => string, splits = false): Expanded[] => {
    const unset = (name: string, at: number): void =>
      fault("shell/variable", spot(at), `$${name} is not set`, hint(name));
    return expand(word, host, shell, { unset, command: followed }, splits);
  };
  const words = (word: Word, splits = true): Arg[] =>
    expandWith(word, (name) => `set it before, in the same shell: ${name}=…`, splits).map(
      ({ text: expanded, known }) => ({ text: expanded, known, spot: spot(word.pos), written: word.text }),
    );
  const inHereDocument = (part: WordPart): Expanded[] =>
    expandWith(
      { type: "Word", text: part.text, value: part.text, pos: part.pos, end: part.end, parts: [part] },
      (name) =>
        `the shell writes nothing in its place: set it before (${name}=…); to have its name in the file, write \\$${name} or quote the delimiter, as in << 'EOF'`,
    );

  const run: Call["run"] = (part, inShell, change, on = host) =>
    runScript(story, on, inShell, part, { ...around, ...change });

  const assign = ({ name, value, append }: Assignment): void => {
    const found = value.type === "Word" ? words(value, false) : value.elements.flatMap((word) => words(word));
    const before = append === true ? [shell.variables.get(name) ?? ""] : [];
    const whole = [...before, ...found.map((word) => word.text)].join(value.type === "Word" ? "" : " ");
    const known = found.every((word) => word.known) && whole.length < longest;
    const path = shell.variables.get("PATH") ?? "";
    const lost =
      name === "PATH" && known && !whole.split(":").some((folder) => /^(?:\/usr)?\/bin$/.test(folder));
    if (lost) {
      const message = "PATH without /usr/bin: the shell finds none of the system's commands any more";
      const kept = /\$\{?PATH/.test(whole) ? "write no single quotes around it" : "keep what is in it";
      fault("shell/command", spot(value.pos), message, `${kept}: PATH=…:$PATH`);
    }
    shell.variables.set(name, lost ? `${whole}:${path}` : known ? whole : "\0");
    if (value.type !== "Word") setElements(shell, name, found, append === true);
    for (const word of found) names(here(), word.text, shell.cwd, word.spot);
  };

  const simple = (command: Command): Stream => {
    const { name } = command;
    const given = new Map<string, string>();
    for (const prefix of command.prefix) {
      if (prefix.type !== "Assignment") continue;
      if (!name) assign(prefix);
      else if (prefix.value.type === "Word") {
        const [value] = words(prefix.value, false);
        given.set(prefix.name, value?.known === true ? value.text : "\0");
      }
    }
    const input = inputOf(follower, command.redirects);
    if (name === undefined)
      return redirected(follower, command.redirects, input, () => nothing(spot(command.pos)));
    const args = command.args.flatMap((arg) => {
      const kept = arg.type === "Word" ? keptByQuotes(arg, shell.variables) : undefined;
      if (kept) {
        const message = `single quotes keep $${kept.name} as it is written: its value does not take its place`;
        fault("shell/variable", spot(kept.at), message, "write double quotes");
      }
      if (arg.type === "Word") return words(arg);
      assign(arg);
      return [];
    });
    const [called, ...more] = words(name);
    return redirected(follower, command.redirects, input, () =>
      called ? withVariables(shell, given, () => call(called, [...more, ...args])) : {},
    );
  };

  const call = (first: Arg, args: readonly Arg[]): Stream => {
    const { text: name, known, spot: at } = first;
    const written = asWritten([first, ...args]);
    const called: Call = { story, host, shell, name, spot: at, args, written, around, fault, run };
    const defined = shell.functions.get(name);
    if (known && !defined) return runCommand(called);
    if (defined && story.depth < deepest) return defined(args, around);
    unknown(called);
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
      const stream = within(caller, () => walk(body));
      story.depth -= 1;
      for (const key of [...given.map(([number]) => number), "@", "*"]) {
        const value = before.get(key);
        if (value === undefined) shell.variables.delete(key);
        else shell.variables.set(key, value);
      }
      return stream;
    });
  };

  const pipeline = (node: PipelineNode): Stream => {
    const { commands, prefixes } = node.type === "Pipeline" ? node : { commands: [node], prefixes: [] };
    const negations = prefixes.filter(({ type }) => type === "Negation").length;
    let stream = around.input;
    for (const [index, command] of commands.entries()) {
      const change = {
        fed: around.fed || index > 0,
        input: stream,
        shown: around.shown && index === commands.length - 1,
        optional: around.optional || negations > 0,
        guarded: around.guarded || negations > 0,
        login: around.login && commands.length === 1,
      };
      const work = (): Stream => (command.type === "Command" ? simple(command) : walk(command));
      // Each of several has a shell of its own.
      stream = commands.length === 1 ? within(change, work) : apart(follower, work, change);
    }
    if (negations % 2 === 0 || stream.succeeds === undefined) return stream;
    return { ...stream, succeeds: !stream.succeeds };
  };

  function walk(node: SyntaxNode): Stream {
    story.left -= 1;
    if (story.left === 0) effect(here(), "unknown", "too much to follow", spot(node.pos));
    if (story.left <= 0) return {};
    const { type } = node;
    if (type === "Command" || type === "Pipeline") return pipeline(node);
    if (type === "Script" || type === "CompoundList") return sequence(node.commands.map(walk));
    if (type === "BraceGroup") return walk(node.body);
    if (type === "Subshell") return apart(follower, () => walk(node.body));
    if (type === "For") return loop(follower, node);
    if (type === "ArithmeticFor") return count(follower, node, numbersOf(shell, silent));
    if (type === "ArithmeticCommand" && node.expression) {
      const value = compute(node.expression, numbersOf(shell, silent));
      return { ...nothing(spot(node.pos)), ...(value !== undefined && { succeeds: value !== 0 }) };
    }
    if (type === "AndOr") return andOr(follower, node);
    if (type === "Redirected")
      return redirected(follower, node.redirects, inputOf(follower, node.redirects), () =>
        walk(node.command),
      );
    if (type === "Statement" && node.background !== true) return walk(node.command);
    if (type === "Function") {
      define(node.name.value, node.body);
      return nothing(spot(node.pos));
    }
    if (type === "TestCommand") {
      const expanded = (word: Word): Expanded[] => expand(word, host, shell, silent, false);
      const succeeds = holds(node.expression, expanded, (args) => judge(args, host, shell));
      forEachChild(node, (child) => void walk(child));
      return { ...nothing(spot(node.pos)), ...(succeeds !== undefined && { succeeds }) };
    }
    if (type === "If") choose(follower, node);
    else if (type === "While") repeat(follower, node);
    else if (type === "Statement") apart(follower, () => walk(node.command), { optional: true });
    else if (type === "Case") pick(follower, node);
    else if (type === "Select") {
      within({ login: false, sure: false }, () => forEachChild(node, (child) => void walk(child)));
    } else {
      // A word by itself stands in a condition, or in what is matched.
      if (type === "Word") names(here(), node.value, shell.cwd, spot(node.pos));
      forEachChild(node, (child) => void walk(child));
    }
    return {};
  }
  const follower: Follower = { shell, source, here, spot, within, words, inHereDocument, walk };
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
