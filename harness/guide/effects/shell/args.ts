import type { Call } from "../call.ts";
import { type TextLocation, textOf } from "../../check/finding.ts";
import type { Expanded } from "./words.ts";

/** An argument of a command, expanded, and the word as it is written, which several may come of. */
export type Arg = Expanded & { readonly spot: TextLocation; readonly written: string };

/** Words as they are written, with a sign for what a shell before has put into them that nobody knows. */
export function asWritten(words: readonly Arg[]): string {
  const isSame = (one: Arg, other: Arg | undefined): boolean =>
    one.spot.step === other?.spot.step && one.spot.offset === other.spot.offset;
  return words
    .filter((word, index) => !isSame(word, words[index - 1]))
    .map(({ written }) => written)
    .join(" ")
    .replaceAll("\0", "…");
}

/** A command with its arguments, expanded: to look things up in, not to be shown. */
export const commandLine = ({ name, args }: Pick<Call, "name" | "args">): string =>
  [name, ...args.map(({ text }) => text)].join(" ");

/** Words that are no options, nor the values of those that are `valued`. */
export const operands = (args: readonly Arg[], valued?: RegExp): Arg[] =>
  args.filter(({ text }, index) => !/^-./.test(text) && !valued?.test(args[index - 1]?.text ?? ""));

/** Whether an argument is like a pattern. */
export const has = ({ args }: Pick<Call, "args">, pattern: RegExp): boolean =>
  args.some(({ text }) => pattern.test(text));

/** The value of `--name=value` or of `--name value`, as an argument of its own. */
export function option(args: readonly Arg[], name: string): Arg | undefined {
  const index = args.findIndex(
    ({ text }) => text.replace(/^--?/, "").split("=")[0] === name && text.startsWith("-"),
  );
  const arg = args[index];
  if (arg === undefined) return undefined;
  const equals = arg.text.indexOf("=");
  return equals === -1 ? args[index + 1] : { ...arg, text: arg.text.slice(equals + 1) };
}

/** Where the value of an option stands: where its step sets the variable that it is, or at the option. */
export function valueSpot({ written, spot }: Arg): TextLocation {
  const [, name] = /^(?:--?[\w-]+=)?["']?\$\{?(\w+)\}?["']?$/.exec(written) ?? [];
  if (name === undefined) return spot;
  const set = new RegExp(`^\\s*(?:export\\s+)?${name}=["']?`, "gm");
  const last = [...textOf(spot.step).matchAll(set)].findLast(({ index }) => index < spot.offset);
  return last === undefined ? spot : { ...spot, offset: last.index + last[0].length };
}

/** A quoted text begins behind its quote. */
export const insideQuote = ({ step, offset }: TextLocation): number =>
  offset + (/["']/.test(textOf(step)[offset] ?? "") ? 1 : 0);
