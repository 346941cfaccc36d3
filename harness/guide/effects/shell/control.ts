import type { AndOr, ArithmeticFor, Case, Elif, For, If, While } from "unbash";
import { joined, type Stream } from "../call.ts";
import type { Shell } from "../host.ts";
import { compute, type Numbers } from "./arithmetic.ts";
import { both, either } from "./conditions.ts";
import { attempt, type Follower, restore } from "./follower.ts";
import { type Expanded, unknownWord } from "./words.ts";

/** What comes of commands one after the other. */
export function sequence(streams: readonly Stream[]): Stream {
  const parts = streams.flatMap(({ part }) => part ?? []);
  const part = parts.length === streams.length ? joined(parts) : undefined;
  const succeeds = streams.at(-1)?.succeeds;
  return { ...(part && { part }), ...(succeeds !== undefined && { succeeds }) };
}

/** Commands that wait for each other: what may fail, and what may never run, is guarded. */
export function andOr(follower: Follower, { commands, operators }: AndOr): Stream {
  const { around } = follower.here();
  const last = operators.lastIndexOf("||");
  const streams: Stream[] = [];
  let succeeds: boolean | undefined = true;
  for (const [index, command] of commands.entries()) {
    const after = operators[index - 1] ?? "&&";
    const idle = after === "&&" ? succeeds === false : succeeds !== false;
    const change = {
      optional: around.optional || index <= last,
      guarded: around.guarded || index <= last || idle,
      login: around.login && after === "&&",
      sure: around.sure && after === "&&",
    };
    const stream = attempt(follower, change, command);
    streams.push(stream);
    succeeds = (after === "&&" ? both : either)(succeeds, stream.succeeds);
  }
  // Of alternatives nobody knows which one prints.
  const printed = last < 0 ? sequence(streams) : {};
  return { ...printed, ...(succeeds !== undefined && { succeeds }) };
}

const inBranch = { login: false, sure: false };

/** A condition, and whether what is run if it holds is guarded. */
function conditionOf(follower: Follower, { clause, ...node }: If | Elif | While) {
  const { around } = follower.here();
  const { succeeds } = attempt(follower, { optional: true, guarded: true }, clause);
  const isIdle = succeeds === (node.type === "While" && node.kind === "until");
  return { succeeds, change: { ...inBranch, guarded: around.guarded || isIdle } };
}

/** Its commands are followed once; what they set is not known afterwards, for nobody knows how often they ran. */
export function repeat(follower: Follower, node: While): void {
  const { variables } = follower.shell;
  const before = new Map(variables);
  const { change } = conditionOf(follower, node);
  follower.within(change, () => follower.walk(node.body));
  for (const [name, value] of variables) if (before.get(name) !== value) variables.set(name, "\0");
}

/** What variables are after one of several ways was taken: what differs is not known. */
function join({ variables }: Shell, ends: readonly ReadonlyMap<string, string>[]): void {
  for (const name of new Set(ends.flatMap((end) => [...end.keys()]))) {
    const [value, ...others] = new Set(ends.map((end) => end.get(name)));
    if (others.length === 0 && value !== undefined) variables.set(name, value);
    // Commands are found by all that it may hold.
    else if (name === "PATH") variables.set(name, ends.map((end) => end.get(name) ?? "").join(":"));
    else variables.set(name, "\0");
  }
}

/** Ways of which one is taken; those that cannot be are followed for their slips alone. */
function oneOf(
  { shell }: Follower,
  ways: readonly { readonly isPossible: boolean; readonly work: () => void }[],
): void {
  const before = new Map(shell.variables);
  const ends = ways.flatMap(({ isPossible, work }) => {
    restore(shell.variables, before);
    work();
    return isPossible ? [new Map(shell.variables)] : [];
  });
  if (ends.length > 0) join(shell, ends);
}

export function choose(follower: Follower, { elif, else: otherwise, ...first }: If): void {
  const { within, walk, here } = follower;
  const { succeeds, change } = conditionOf(follower, { elif, else: otherwise, ...first });
  const [next, ...more] = elif;
  const rest = { ...inBranch, guarded: here().around.guarded || succeeds === true };
  oneOf(follower, [
    { isPossible: succeeds !== false, work: () => void within(change, () => walk(first.then)) },
    {
      isPossible: succeeds !== true,
      work: () => {
        if (next)
          within(rest, () =>
            choose(follower, { ...first, ...next, type: "If", elif: more, else: otherwise }),
          );
        else if (otherwise) within(rest, () => walk(otherwise));
      },
    },
  ]);
}

/** `case`: nobody knows which pattern matches. */
export function pick(follower: Follower, { word, items }: Case): void {
  const { words, within, walk } = follower;
  words(word, false);
  const ways = items.map(({ body }) => ({
    isPossible: true,
    work: () => void within({ login: false, sure: false }, () => walk(body)),
  }));
  const hasAll = items.some(({ pattern }) => pattern.some(({ value }) => value === "*"));
  oneOf(follower, hasAll ? ways : [...ways, { isPossible: true, work: () => {} }]);
}

export function loop({ here, shell, words, walk }: Follower, { name, wordlist, body }: For): Stream {
  const values: readonly Expanded[] = wordlist?.flatMap((word) => words(word)) ?? [unknownWord];
  const streams: Stream[] = [];
  for (const value of values) {
    if (here().story.left <= 0) break;
    shell.variables.set(name.value, value.known ? value.text : "\0");
    streams.push(walk(body));
  }
  return sequence(streams);
}

/** Rounds of a counting loop that are followed. */
const most = 64;

/** `for ((…))`: as often as its condition is known to hold; once, with a counter that nobody knows, where it is not. */
export function count(
  { here, walk, within }: Follower,
  { initialize, test, update, body }: ArithmeticFor,
  numbers: Numbers,
): Stream {
  if (initialize) compute(initialize, numbers);
  const streams: Stream[] = [];
  for (let rounds = 0; rounds < most && here().story.left > 0; rounds += 1) {
    const goesOn = test && compute(test, numbers);
    if (goesOn === 0) return sequence(streams);
    if (goesOn === undefined) break;
    streams.push(walk(body));
    if (update) compute(update, numbers);
  }
  if (initialize?.type === "ArithmeticBinary" && initialize.left.type === "ArithmeticWord")
    numbers.variables.set(initialize.left.value, "\0");
  within(inBranch, () => walk(body));
  return {};
}
