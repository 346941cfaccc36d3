import type { AndOr, ArithmeticFor, Elif, For, If, While } from "unbash";
import { type Around, joined, type Stream } from "../call.ts";
import { compute, type Numbers } from "./arithmetic.ts";
import { both, either } from "./conditions.ts";
import { attempt, type Follower } from "./follower.ts";
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

/** A condition, and what is run if it holds; what comes of the condition. */
function guardedBy(follower: Follower, { clause, ...node }: If | Elif | While): Stream {
  const { around } = follower.here();
  const condition = attempt(follower, { optional: true, guarded: true }, clause);
  const idle = condition.succeeds === (node.type === "While" && node.kind === "until");
  const change = { ...inBranch, guarded: around.guarded || idle };
  follower.within(change, () => follower.walk(node.type === "While" ? node.body : node.then));
  return condition;
}

/** Its commands are followed once; what they set is not known afterwards, for nobody knows how often they ran. */
export function repeat(follower: Follower, node: While): void {
  const { variables } = follower.shell;
  const before = new Map(variables);
  guardedBy(follower, node);
  for (const [name, value] of variables) if (before.get(name) !== value) variables.set(name, "\0");
}

export function choose(follower: Follower, node: If): void {
  const { around } = follower.here();
  const conditions = [guardedBy(follower, node)];
  const rest = (): Partial<Around> => ({
    ...inBranch,
    guarded: around.guarded || conditions.some(({ succeeds }) => succeeds === true),
  });
  for (const elif of node.elif) conditions.push(follower.within(rest(), () => guardedBy(follower, elif)));
  const otherwise = node.else;
  if (otherwise) follower.within(rest(), () => follower.walk(otherwise));
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
