import {
  forEachChild,
  parse,
  type Assignment,
  type Command,
  type PipelineNode,
  type Redirection,
  type SyntaxNode,
  type Word,
} from "unbash";
import type { Spot } from "../finding.ts";
import type { Arg, Call, Story, Stream } from "./call.ts";
import { runCommand } from "./commands.ts";
import type { Host, Part, Shell } from "./host.ts";
import { expand } from "./words.ts";

/** Follows a script on a host: what it reads must be there, what it makes is there afterwards. */
export function runScript(story: Story, host: Host, shell: Shell, { step, offset, text }: Part): void {
  const spot = (at: number): Spot => ({ step, offset: offset + at });
  const fault: Call["fault"] = (rule, at, message, hint) =>
    void story.faults.push({ rule, at, message, hint });
  const words = (word: Word): Arg[] =>
    expand(word, host, shell, {
      unset: (name, at) =>
        fault(
          "shell/variable",
          spot(at),
          `$${name} is not set`,
          `set it before, in the same shell: ${name}=…`,
        ),
      command: ({ script }) => script && walk(script),
    }).map(({ text: expanded, known }) => ({ text: expanded, known, spot: spot(word.pos) }));

  const run = (part: Part, inShell: Shell): void => runScript(story, host, inShell, part);

  const assign = ({ name, value }: Assignment): void => {
    const [expanded] = value.type === "Word" ? words(value) : [];
    shell.variables.set(name, expanded?.known ? expanded.text : "\0");
  };

  const redirect = (redirection: Redirection, output: Stream): Stream => {
    if (redirection.type === "HereDoc") {
      const { body } = redirection;
      return { part: { step, offset: offset + body.pos, text: body.text } };
    }
    const [target] = redirection.target ? words(redirection.target) : [];
    if (redirection.type === "Redirect" && /^(?:>>?|&>>?|>\|)$/.test(redirection.operator) && target?.known) {
      const path = host.resolve(target.text, shell);
      const parts = output.part ? [output.part] : [];
      if (path !== "/dev/null") host.write(path, { parts }, redirection.operator.endsWith(">>"));
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
      ? runCommand({ story, host, shell, name: called.text, spot: called.spot, args, input, fault, run })
      : {};
    for (const redirection of command.redirects) {
      if (redirection.type === "Redirect") redirect(redirection, output);
    }
    return output;
  };

  const pipeline = (node: PipelineNode): void => {
    const commands = node.type === "Pipeline" ? node.commands : [node];
    let stream: Stream = {};
    for (const command of commands) {
      if (command.type === "Command") stream = simple(command, stream);
      else {
        walk(command);
        stream = {};
      }
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
      walk(node.body);
      shell.cwd = cwd;
    } else if (node.type !== "Function") forEachChild(node, walk);
  }
  walk(parse(text));
}
