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
import type { Around, Arg, Call, SimulatedState, Stream } from "./call.ts";
import { runCommand } from "./commands.ts";
import { settingAt } from "./demands.ts";
import type { Host, Part, Shell } from "./host.ts";
import { expand, type Expanded } from "./words.ts";

/** Where a person types: it feeds nothing. */
const terminalFile = /^\/dev\/(?:tty|console|pts\/.*)$/;

/** A step's own commands: nothing is typed into them, what they print is seen, and a failure ends the step. */
const atTheStep: Around = { fed: false, shown: true, optional: false, login: true };

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

  const spot = (at: number): TextLocation => ({ step, offset: placeIn(source, at) });
  const fault: Call["fault"] = (rule, at, message, hint) =>
    void story.faults.push({ rule, at, message, hint });
  const expandWith = (word: Word, hint: (name: string) => string): Expanded[] =>
    expand(word, host, shell, {
      unset: (name, at) => fault("shell/variable", spot(at), `$${name} is not set`, hint(name)),
      command: ({ script }) => script && within({ shown: false, login: false }, () => walk(script)),
    });
  const words = (word: Word): Arg[] =>
    expandWith(word, (name) => `set it before, in the same shell: ${name}=…`).map(
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

  const assign = ({ name, value }: Assignment): void => {
    const [expanded] = value.type === "Word" ? words(value) : [];
    shell.variables.set(name, expanded?.known ? expanded.text : "\0");
  };

  const redirect = (redirection: Redirection, output: Stream): Stream => {
    if (redirection.type === "HereDoc") {
      return { part: expandHereDocument(redirection, source, inHereDocument) };
    }
    const [target] = redirection.target ? words(redirection.target) : [];
    if (redirection.type === "Redirect" && /^(?:>>?|&>>?|>\|)$/.test(redirection.operator) && target?.known) {
      const path = host.resolve(target.text, shell);
      const parts = output.part ? [output.part] : [];
      if (path !== "/dev/null") host.write(path, { parts }, redirection.operator.endsWith(">>"));
      story.demands.push(...settingAt(path, story, spot(redirection.pos), around));
    }
    return {};
  };

  const simple = (command: Command, piped: Stream): Stream => {
    const { name } = command;
    for (const prefix of command.prefix) if (prefix.type === "Assignment" && !name) assign(prefix);
    if (name === undefined) return {};
    const input = command.redirects
      .map((redirection) => (redirection.type === "HereDoc" ? redirect(redirection, {}) : {}))
      .reduce((last, next) => ("part" in next ? next : last), piped);
    const args = command.args.flatMap((arg) => {
      if (arg.type === "Word") return words(arg);
      assign(arg);
      return [];
    });
    const [called] = words(name);
    const output = called?.known
      ? redirected(command.redirects, () =>
          runCommand({
            story,
            host,
            shell,
            name: called.text,
            spot: called.spot,
            args,
            input,
            around,
            fault,
            run,
          }),
        )
      : {};
    for (const redirection of command.redirects) {
      if (redirection.type === "Redirect") redirect(redirection, output);
    }
    return output;
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
    if (node.type === "Command" || node.type === "Pipeline") pipeline(node);
    else if (node.type === "For") {
      for (const value of node.wordlist?.flatMap(words) ?? []) {
        shell.variables.set(node.name.value, value.known ? value.text : "\0");
        walk(node.body);
      }
    } else if (node.type === "Subshell") {
      const { cwd } = shell;
      within({ login: false }, () => walk(node.body));
      shell.cwd = cwd;
    } else if (node.type === "AndOr") {
      const last = node.operators.lastIndexOf("||");
      for (const [index, command] of node.commands.entries()) {
        const after = index > 0 ? node.operators[index - 1] : undefined;
        const change = {
          optional: around.optional || index <= last,
          login: around.login && after !== "||",
        };
        within(change, () => walk(command));
      }
    } else if (node.type === "If" || node.type === "Elif" || node.type === "While") {
      within({ optional: true }, () => walk(node.clause));
      within({ login: false }, () => forEachChild(node, (child) => child !== node.clause && walk(child)));
    } else if (node.type === "Case") {
      within({ login: false }, () => forEachChild(node, walk));
    } else if (node.type === "Redirected") {
      redirected(node.redirects, () => forEachChild(node, walk));
    } else if (node.type === "Statement" && node.background === true) {
      within({ optional: true }, () => walk(node.command));
    } else if (node.type !== "Function") forEachChild(node, walk);
  }
  walk(parse(text));
}
