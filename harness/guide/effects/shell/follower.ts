import type { SyntaxNode, Word, WordPart } from "unbash";
import type { TextLocation } from "../../check/finding.ts";
import type { Around, Standing, Stream } from "../call.ts";
import type { Arg } from "./args.ts";
import type { Part, Shell } from "../host.ts";
import type { Expanded } from "./words.ts";

/** A script that is followed: where its commands stand, and how its words are read. */
export type Follower = {
  readonly shell: Shell;
  readonly source: Part;
  readonly here: () => Standing;
  /** The place of a character of the script. */
  readonly spot: (at: number) => TextLocation;
  /** Does something in other surroundings. */
  readonly within: <T>(change: Partial<Around>, work: () => T) => T;
  readonly words: (word: Word, splits?: boolean) => Arg[];
  readonly inHereDocument: (part: WordPart) => Expanded[];
  /** Follows a part of the script. */
  readonly walk: (node: SyntaxNode) => Stream;
};

/** Commands in a shell within, whose folder and variables are its own. */
export function apart(
  { shell, within }: Pick<Follower, "shell" | "within">,
  work: () => Stream,
  change: Partial<Around> = {},
): Stream {
  const { cwd, variables, functions } = shell;
  const before = [new Map(variables), new Map(functions)] as const;
  const stream = within({ login: false, ...change }, work);
  shell.cwd = cwd;
  restore(variables, before[0]);
  restore(functions, before[1]);
  return stream;
}

/** Does something with the variables that stand before a command, which are in force for that alone. */
export function withVariables(
  { variables }: Shell,
  given: ReadonlyMap<string, string>,
  work: () => Stream,
): Stream {
  const before = [...given.keys()].map((name) => [name, variables.get(name)] as const);
  for (const [name, value] of given) variables.set(name, value);
  const stream = work();
  for (const [name, value] of before) {
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
  return stream;
}

/** Gives a map the entries that it had before. */
export function restore<T>(map: Map<string, T>, before: ReadonlyMap<string, T>): void {
  map.clear();
  for (const [key, value] of before) map.set(key, value);
}

/** What comes of a condition, or of what another command waits for: where nobody is told of a failure, it does not succeed. */
export function attempt({ here, within, walk }: Follower, change: Partial<Around>, node: SyntaxNode): Stream {
  const { story } = here();
  const before = story.failures;
  const stream = within(change, () => walk(node));
  return story.failures > before ? { ...stream, succeeds: false } : stream;
}
