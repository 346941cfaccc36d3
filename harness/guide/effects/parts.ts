import { parse, type Statement, type SyntaxNode } from "unbash";
import { words } from "../check/words.ts";
import type { Fetch } from "./call.ts";
import { effectsOfScript } from "./effects.ts";
import type { Effect, ScriptPart } from "../types.ts";

/** Two parts that follow each other, as one. */
export const together = (one: ScriptPart, next: ScriptPart): ScriptPart => ({
  script: one.script + next.script,
  fetchers: [...new Set([...one.fetchers, ...next.fetchers])],
  alone: false,
  quiet: one.quiet || next.quiet,
});

/** What a command does that nobody calls to learn something. */
const deeds: ReadonlySet<string> = words(
  "writes removes enters starts stops enables disables loads installs",
);

/** Programs that act although no effect need tell: they change modes, the kernel, a cluster, or what only a variable names. */
const changing = words(`
  cd cfssl chgrp chmod chown cp install ln mkdir modprobe mv rm rmdir source swapoff sysctl tar tee touch unzip useradd
`);
const changingBy: Readonly<Record<string, RegExp>> = {
  kubectl: /\s(?:apply|config|create)\s/,
  rpm: /\s-[iU]/,
  systemctl: /\s(?:daemon-reload|(?:re)?start|stop|enable|disable|reload)(?:\s|$)/,
  wget: /^(?!.*\s--spider\b)/s,
  yum: /\s(?:install|makecache)(?:\s|$)/,
};

/** Whether a command acts: if it fails before `&&`, the list has failed, although a shell goes on behind it. */
function acts(node: SyntaxNode, script: string): boolean {
  if (node.type !== "Command") return false;
  // Where its output goes says nothing: an answer may be kept in a file.
  const own = script.slice(node.pos, (node.args.at(-1) ?? node.name)?.end);
  return effectsOfScript(own).some(({ does, what }) =>
    does === "runs"
      ? changing.has(what) || (Object.hasOwn(changingBy, what) && changingBy[what]?.test(own))
      : deeds.has(does) && !what.startsWith("/dev/"),
  );
}

/** Whether a statement is a list whose first commands act, so that a shell passes over their failure unless nothing follows. */
const hidesFailure = ({ command, background }: Statement, script: string): boolean =>
  command.type === "AndOr" &&
  background !== true &&
  command.operators.every((operator) => operator === "&&") &&
  command.commands.slice(0, -1).every((node) => acts(node, script));

const enders: ReadonlySet<string | undefined> = new Set(["exit", "exec", "logout"]);

/** Whether a script's last command is one that ends its shell. */
export function endsItself(script: string): boolean {
  const isEnder = (node: SyntaxNode | undefined): boolean => {
    if (node?.type === "Command") return enders.has(node.name?.value);
    if (node?.type === "AndOr") return isEnder(node.commands.at(-1));
    return node?.type === "BraceGroup" && isEnder(node.body.commands.at(-1)?.command);
  };
  const last = parse(script).commands.at(-1);
  return last?.background !== true && isEnder(last?.command);
}

/**
 * A script in parts that a shell can be given one after the other, each a few whole lines, so that a download that
 * fails is told from what stands beside it, and can be tried again without it. `effects` are those of the script, `fetches`
 * those in it, `called` the programs that download in other scripts, which it runs somewhere.
 */
export function partsOf(
  script: string,
  effects: readonly Effect[],
  fetches: readonly Fetch[],
  called: readonly string[] = [],
): ScriptPart[] {
  const { commands: statements, errors } = parse(script);
  // What follows on a line, here-documents included, stays with what begins it.
  const begins = statements
    .map(({ pos }) => pos)
    .filter((pos) => /(?:^|\n)[ \t]*$/.test(script.slice(0, pos)));
  // A shell that is ended, or that has traps or options, is not the same if it is typed into line by line.
  const whole = errors !== undefined || begins.length === 0 || effects.some(({ does }) => does === "alters");
  const ending = errors === undefined ? endsAgain(script, begins) : undefined;
  const places = whole ? (ending === undefined ? [] : [ending]) : begins.slice(1);
  const cuts = places.map((pos) => script.lastIndexOf("\n", pos - 1) + 1);
  const lines = [0, ...cuts].map((from, index): ScriptPart => {
    const to = cuts[index] ?? script.length;
    const within = ({ pos }: { readonly pos: number }): boolean => pos >= from && pos < to;
    const own = fetches.filter(({ spot }) => within({ pos: spot.offset }));
    const [statement, ...others] = statements.filter(within);
    const alone =
      !whole &&
      statement?.command.type === "Command" &&
      statement.background !== true &&
      others.length === 0 &&
      own.length === 1 &&
      own.every(({ plain }) => plain) &&
      // What is added to a file would be there twice.
      !script.slice(from, to).includes(">>");
    const programs = [...own.map(({ program }) => program), ...(alone ? [] : called)];
    const quiet = own.some((fetch) => fetch.quiet);
    return {
      script: script.slice(from, to),
      fetchers: [...new Set(programs)],
      alone,
      quiet,
    };
  });
  // At the end of a part a shell says that such a list has failed.
  const ends = new Set(
    cuts.filter((cut) => {
      const last = statements.findLast(({ pos }) => pos < cut);
      return whole || (last !== undefined && hidesFailure(last, script));
    }),
  );
  const parts: ScriptPart[] = [];
  for (const [index, line] of lines.entries()) {
    const last = parts.at(-1);
    if (last === undefined || last.alone || line.alone || ends.has(cuts[index - 1] ?? 0)) parts.push(line);
    else parts.splice(-1, 1, together(last, line));
  }
  return parts;
}

/**
 * Where a script's last command begins, if that ends the shell, and so may one before it: typed by itself, it tells whether the
 * shell came to it. With options or traps it is another shell between both.
 */
function endsAgain(script: string, begins: readonly number[]): number | undefined {
  const last = begins.at(-1);
  if (last === undefined || last === begins[0] || !endsItself(script.slice(last))) return undefined;
  const before = script.slice(0, last);
  const isPlain = !/(?:^|[\s;&|({])(?:set|shopt|trap)\s/.test(before);
  return isPlain && /\b(?:exit|exec|logout)\b/.test(before) ? last : undefined;
}
