import { parse } from "unbash";
import type { Fetch } from "./call.ts";
import type { Effect, ScriptPart } from "../types.ts";

/** Two parts that follow each other, as one. */
export const together = (one: ScriptPart, next: ScriptPart): ScriptPart => ({
  script: one.script + next.script,
  fetchers: [...new Set([...one.fetchers, ...next.fetchers])],
  alone: false,
  quiet: one.quiet || next.quiet,
});

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
  const cuts = whole ? [] : begins.slice(1).map((pos) => script.lastIndexOf("\n", pos - 1) + 1);
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
  const parts: ScriptPart[] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    if (last === undefined || last.alone || line.alone) parts.push(line);
    else parts.splice(-1, 1, together(last, line));
  }
  return parts;
}
